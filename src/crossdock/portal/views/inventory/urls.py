"""The addresses of inventory."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.inventory import charts, counting, pages, why

urlpatterns = [
    path("inventory", pages.inventory, name="inventory"),
    path("inventory/sku", pages.sku, name="inventory-sku"),
    path("inventory/why", why.why, name="inventory-why"),
    path("inventory/push/<key:pk>", why.push, name="inventory-push"),
    path("inventory/count", counting.count, name="inventory-count"),
    path("inventory/history", charts.history, name="inventory-history"),
    path("inventory/<key:pk>", pages.record, name="inventory-one"),
]
