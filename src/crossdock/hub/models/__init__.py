"""Everything that is stored, one noun per file."""

from crossdock.hub.models.base import pk_of, public_key
from crossdock.hub.models.event import Event, ExceptionCase
from crossdock.hub.models.integration import Budget, BudgetSecond, Flow, Import, Integration
from crossdock.hub.models.inventory import FIGURES, InventoryRecord, LedgerEntry, Reservation
from crossdock.hub.models.link import Link, Mark, SourceDocument, WebhookDelivery, WebhookTally
from crossdock.hub.models.location import Location
from crossdock.hub.models.order import Order, OrderLine
from crossdock.hub.models.organization import Membership, Organization
from crossdock.hub.models.product import Product, Published
from crossdock.hub.models.run import Attempt, RemoteCall, Run
from crossdock.hub.models.shipping import Fulfillment, FulfillmentLine, ShippingRequest, ShippingRequestLine

__all__ = [
    "FIGURES",
    "Attempt",
    "Budget",
    "BudgetSecond",
    "Event",
    "ExceptionCase",
    "Flow",
    "Fulfillment",
    "FulfillmentLine",
    "Import",
    "Integration",
    "InventoryRecord",
    "LedgerEntry",
    "Link",
    "Location",
    "Mark",
    "Membership",
    "Order",
    "OrderLine",
    "Organization",
    "Product",
    "Published",
    "RemoteCall",
    "Reservation",
    "Run",
    "ShippingRequest",
    "ShippingRequestLine",
    "SourceDocument",
    "WebhookDelivery",
    "WebhookTally",
    "pk_of",
    "public_key",
]
