"""Rows of files ↔ canonical records, without clock, network or disk."""

from crossdock.connectors.flatfile.translate.columns import INCOMING_COLUMNS, OUTGOING_COLUMNS
from crossdock.connectors.flatfile.translate.fulfillment import gathered_rows, reports
from crossdock.connectors.flatfile.translate.order import order_file
from crossdock.connectors.flatfile.translate.product import products
from crossdock.connectors.flatfile.translate.shipment import shipment_file
from crossdock.connectors.flatfile.translate.stock import counts

__all__ = [
    "INCOMING_COLUMNS",
    "OUTGOING_COLUMNS",
    "counts",
    "gathered_rows",
    "order_file",
    "products",
    "reports",
    "shipment_file",
]
