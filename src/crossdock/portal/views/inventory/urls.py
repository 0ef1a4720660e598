"""The addresses of inventory."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.inventory import charts, counting, pages, sheets, why

urlpatterns = [
    path("inventory", pages.inventory, name="inventory"),
    path("inventory/sku", pages.sku, name="inventory-sku"),
    path("inventory/why", why.why, name="inventory-why"),
    path("inventory/push/<key:pk>", why.push, name="inventory-push"),
    path("inventory/count", counting.count, name="inventory-count"),
    path("inventory/export", sheets.export, name="inventory-export"),
    path("inventory/import", sheets.upload, name="inventory-import"),
    path("inventory/import/<key:pk>", sheets.sheet, name="inventory-sheet"),
    path("inventory/import/<key:pk>/apply", sheets.apply, name="inventory-sheet-apply"),
    path("inventory/import/<key:pk>/discard", sheets.discard, name="inventory-sheet-discard"),
    path("inventory/history", charts.history, name="inventory-history"),
    path("inventory/<key:pk>", pages.record, name="inventory-one"),
]
