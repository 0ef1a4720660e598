"""Between Ecwid's documents and canonical records: pure functions, one module for each entity."""

from crossdock.connectors.ecwid.translate.account import account
from crossdock.connectors.ecwid.translate.location import locations
from crossdock.connectors.ecwid.translate.order import order
from crossdock.connectors.ecwid.translate.product import product
from crossdock.connectors.ecwid.translate.stock import stock

__all__ = ["account", "locations", "order", "product", "stock"]
