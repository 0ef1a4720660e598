"""The addresses of inventory."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.inventory import charts, pages

urlpatterns = [
    path("inventory", pages.inventory, name="inventory"),
    path("inventory/history", charts.history, name="inventory-history"),
    path("inventory/<key:pk>", pages.record, name="inventory-one"),
]
