"""Lists of records for people and programs: of one organization, filtered, page by page.

Each function gives a `Page` (rows, next_cursor) with everything fetched that `crossdock.hub.documents`
needs, in a number of queries that does not grow with the page.
"""

from crossdock.hub.listing.activity import deliveries, exceptions, integrations, ledger, runs
from crossdock.hub.listing.catalogue import inventory, locations, products, routing_cards
from crossdock.hub.listing.causes import Cause, causes
from crossdock.hub.listing.events import authors, events
from crossdock.hub.listing.finding import (
    AmbiguousError,
    NotFoundError,
    find_api_key,
    find_card,
    find_delivery,
    find_exception,
    find_fulfillment,
    find_integration,
    find_location,
    find_mapping,
    find_order,
    find_product,
    find_request,
    find_rule,
    find_run,
    find_webhook,
)
from crossdock.hub.listing.order_filters import SORTS
from crossdock.hub.listing.orders import OrderFilters, filtered_orders, orders
from crossdock.hub.listing.paging import LARGEST_PAGE, USUAL_PAGE, ListingError, Page
from crossdock.hub.listing.shipping import TO_SHIP, carriers, fulfillments, shipping_requests
from crossdock.hub.listing.stock_grid import OTHERS, StockPage, StockRow, stock_grid, stock_rows

__all__ = [
    "LARGEST_PAGE",
    "OTHERS",
    "SORTS",
    "TO_SHIP",
    "USUAL_PAGE",
    "AmbiguousError",
    "Cause",
    "ListingError",
    "NotFoundError",
    "OrderFilters",
    "Page",
    "StockPage",
    "StockRow",
    "authors",
    "carriers",
    "causes",
    "deliveries",
    "events",
    "exceptions",
    "filtered_orders",
    "find_api_key",
    "find_card",
    "find_delivery",
    "find_exception",
    "find_fulfillment",
    "find_integration",
    "find_location",
    "find_mapping",
    "find_order",
    "find_product",
    "find_request",
    "find_rule",
    "find_run",
    "find_webhook",
    "fulfillments",
    "integrations",
    "inventory",
    "ledger",
    "locations",
    "orders",
    "products",
    "routing_cards",
    "runs",
    "shipping_requests",
    "stock_grid",
    "stock_rows",
]  # fmt: skip
