"""The addresses of inventory."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.inventory import (
    adopting,
    charts,
    columns,
    counting,
    figure,
    figures,
    pages,
    sheets,
    why,
)

urlpatterns = [
    path("inventory", pages.inventory, name="inventory"),
    path("inventory/sku", pages.sku, name="inventory-sku"),
    path("inventory/why", why.why, name="inventory-why"),
    path("inventory/push/<key:pk>", why.push, name="inventory-push"),
    path("inventory/adopt/<key:pk>", adopting.adopt, name="inventory-adopt"),
    path("inventory/count", counting.count, name="inventory-count"),
    path("inventory/columns", columns.columns, name="inventory-columns"),
    path("inventory/figure", figure.figure, name="inventory-figure"),
    path("inventory/receive", figures.receive, name="inventory-receive"),
    path("inventory/move", figures.move, name="inventory-move"),
    path("inventory/transfer", figures.transfer, name="inventory-transfer"),
    path("inventory/write-off", figures.write_off, name="inventory-write-off"),
    path("inventory/lock", figures.lock, name="inventory-lock"),
    path("inventory/export", sheets.export, name="inventory-export"),
    path("inventory/import", sheets.upload, name="inventory-import"),
    path("inventory/import/<key:pk>", sheets.sheet, name="inventory-sheet"),
    path("inventory/import/<key:pk>/apply", sheets.apply, name="inventory-sheet-apply"),
    path("inventory/import/<key:pk>/discard", sheets.discard, name="inventory-sheet-discard"),
    path("inventory/history", charts.history, name="inventory-history"),
    path("inventory/<key:pk>", pages.record, name="inventory-one"),
]
