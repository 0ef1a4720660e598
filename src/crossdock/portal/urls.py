"""The addresses of the portal's pages."""

from __future__ import annotations

from django.urls import path

from crossdock.portal import keys
from crossdock.portal.views import (
    connect,
    exceptions,
    fulfillments,
    home,
    integrations,
    inventory,
    locations,
    orders,
    products,
    runs,
    session,
)

keys.register()
app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("login", session.Login.as_view(), name="login"),
    path("logout", session.logout, name="logout"),
    path("welcome", session.welcome, name="welcome"),
    path("organization", session.choose_organization, name="organization"),
    path("integrations", integrations.integrations, name="integrations"),
    path("integrations/<key:pk>", integrations.integration, name="integrations-one"),
    path("connect/<key:pk>/start", connect.start, name="connect-start"),
    path("connect/<slug:connector>/callback", connect.callback, name="connect-callback"),
    path("connect/<slug:connector>/finish", connect.finish, name="connect-finish"),
    path("orders", orders.orders, name="orders"),
    path("orders/<key:pk>", orders.order, name="orders-one"),
    path("fulfillments", fulfillments.fulfillments, name="fulfillments"),
    path("products", products.products, name="products"),
    path("products/<key:pk>", products.product, name="products-one"),
    path("inventory", inventory.inventory, name="inventory"),
    path("inventory/<key:pk>", inventory.record, name="inventory-one"),
    path("locations", locations.locations, name="locations"),
    path("exceptions", exceptions.exceptions, name="exceptions"),
    path("runs", runs.runs, name="runs"),
    path("runs/<key:pk>", runs.run, name="runs-one"),
]
