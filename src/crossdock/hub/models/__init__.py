"""Everything that is stored, one noun per file."""

from crossdock.hub.models.base import pk_of, public_key
from crossdock.hub.models.delivery import Delivery
from crossdock.hub.models.event import Event, ExceptionCase
from crossdock.hub.models.integration import Budget, BudgetSecond, Flow, Import, Integration
from crossdock.hub.models.inventory import FIGURES, InventoryRecord, LedgerEntry, Reservation
from crossdock.hub.models.key import ApiKey
from crossdock.hub.models.link import Link, Mark, SourceDocument, WebhookDelivery, WebhookTally
from crossdock.hub.models.location import Location
from crossdock.hub.models.mapping import MappingRule
from crossdock.hub.models.notification import NotificationRule, Told
from crossdock.hub.models.order import Order, OrderLine
from crossdock.hub.models.order_act import OrderAct
from crossdock.hub.models.organization import Invitation, Membership, Organization
from crossdock.hub.models.product import BundleItem, Product, Published
from crossdock.hub.models.rule import Match, OrderRule, RoutingCard, RoutingCardLocation, RoutingRetry
from crossdock.hub.models.run import Attempt, RemoteCall, Run
from crossdock.hub.models.sheet import StockSheet
from crossdock.hub.models.shipping import Fulfillment, FulfillmentLine, ShippingRequest, ShippingRequestLine
from crossdock.hub.models.webhook import Notice, NoticeDelivery, RecordChange, Webhook

__all__ = [
    "FIGURES",
    "ApiKey",
    "Attempt",
    "Budget",
    "BudgetSecond",
    "BundleItem",
    "Delivery",
    "Event",
    "ExceptionCase",
    "Flow",
    "Fulfillment",
    "FulfillmentLine",
    "Import",
    "Integration",
    "InventoryRecord",
    "Invitation",
    "LedgerEntry",
    "Link",
    "Location",
    "MappingRule",
    "Mark",
    "Match",
    "Membership",
    "Notice",
    "NoticeDelivery",
    "NotificationRule",
    "Order",
    "OrderAct",
    "OrderLine",
    "OrderRule",
    "Organization",
    "Product",
    "Published",
    "RecordChange",
    "RemoteCall",
    "Reservation",
    "RoutingCard",
    "RoutingCardLocation",
    "RoutingRetry",
    "Run",
    "ShippingRequest",
    "ShippingRequestLine",
    "SourceDocument",
    "StockSheet",
    "Told",
    "Webhook",
    "WebhookDelivery",
    "WebhookTally",
    "pk_of",
    "public_key",
]
