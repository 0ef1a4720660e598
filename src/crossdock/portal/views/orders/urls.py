"""The addresses of orders."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.orders import pages

urlpatterns = [
    path("orders", pages.orders, name="orders"),
    path("orders/<key:pk>", pages.order, name="orders-one"),
]
