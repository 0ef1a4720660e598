"""What the Ecwid connector offers, in the words a person reads before turning a flow on."""

from __future__ import annotations

from crossdock.connectors.contract import (
    CredentialField,
    Direction,
    Entity,
    FlowOffer,
    Guide,
    GuideStep,
    Manifest,
    OptionField,
)
from crossdock.connectors.ecwid.batch import LARGEST
from crossdock.connectors.ecwid.mapping import FIELDS, STATUSES
from crossdock.connectors.ecwid.pull import PAGE_SIZE

PULL, PUSH = Direction.PULL, Direction.PUSH

EARLY = (
    "PROCESSING",
    "CUSTOM_FULFILLMENT_STATUS_1",
    "CUSTOM_FULFILLMENT_STATUS_2",
    "CUSTOM_FULFILLMENT_STATUS_3",
)
"""Statuses of an order that is being worked on (ecwid-api/orders.md §8)."""
EARLY_WORDS = ("Processing", "Custom status 1", "Custom status 2", "Custom status 3")
"""What Ecwid's admin calls them, unless the merchant has given the custom ones names of their own."""

FLOWS = (
    FlowOffer(
        entity=Entity.LOCATIONS,
        title="Locations",
        directions=(PULL,),
        sentences={
            PULL: "Reads where this store keeps its goods, from the moment it is connected.",
        },
        details={
            PULL: "Ecwid lists no locations: one is made from the store profile, more where stock or shipping "
            "methods name one, and pickup points are told apart."
        },
        locked=True,
        lock_reason="This cannot be turned off, since order processing depends on locations.",
    ),
    FlowOffer(
        entity=Entity.ORDERS,
        title="Orders",
        directions=(PULL,),
        sentences={
            PULL: "Brings in every order placed from the moment you turn this on, and each later change of it.",
        },
        details={
            PULL: "Orders a buyer has not finished stay out. Older orders come in through an import from a date."
        },
    ),
    FlowOffer(
        entity=Entity.PRODUCTS,
        title="Products",
        directions=(PULL, PUSH),
        sentences={
            PULL: "Brings in the catalogue with all variations from the moment you turn this on, and each later change "
            "of it.",
            PUSH: "Creates the products that began here from the moment you turn this on, and writes each later change "
            "of them.",
        },
        details={
            PUSH: "Products that began in Ecwid are not touched. Nothing is deleted there: an archived product is "
            "switched off.",
        },
    ),
    FlowOffer(
        entity=Entity.INVENTORY,
        title="Inventory",
        directions=(PUSH,),
        sentences={
            PUSH: "Keeps the stock figures in Ecwid equal to what is available here, from the moment you "
            "turn this on.",
        },
        details={
            PUSH: "Differences are sent, so a sale in between is kept. Products without stock control, variations "
            "without their own SKU and stock owned by a point of sale are left alone."
        },
    ),
    FlowOffer(
        entity=Entity.FULFILLMENTS,
        title="Fulfillments",
        directions=(PUSH,),
        sentences={
            PUSH: "Reports each fulfillment to its order in Ecwid, from the moment you turn this on.",
        },
        details={
            PUSH: "Tracking and status go in one step, so the buyer gets one mail. Pickup, delivery and digital "
            "orders get statuses of their own."
        },
    ),
)

CREDENTIALS = (
    CredentialField(
        name="store_id",
        label="Store ID",
        hint="The number at the foot of every page of your Ecwid admin.",
    ),
    CredentialField(
        name="token",
        label="Secret token",
        secret=True,
        hint="In Ecwid: Apps, My apps, Build a custom app; copy the secret token. It begins with secret_.",
    ),
)

SCOPES = {
    "read_store_profile": "to know the store: its name, currency, units and address",
    "read_catalog": "to read products and stock",
    "update_catalog": "to write stock and products",
    "create_catalog": "to create products that began here",
    "read_orders": "to bring orders in",
    "update_orders": "to report fulfillments to orders",
}
"""What each needed permission is for (ecwid-api/auth.md §4)."""

GUIDE = Guide(
    way="Use a custom app's token",
    title="How to make a custom app's token in Ecwid",
    url="https://my.ecwid.com/#develop-apps",
    steps=(
        GuideStep(
            title="Open your apps",
            text="Log in to your Ecwid admin. In the menu open Apps, then My apps. Custom apps need a paid plan.",
            picture="menu",
            labels=("Orders", "Catalog", "Apps", "My apps"),
        ),
        GuideStep(
            title="Build a custom app",
            text="Press Build a custom app. Ecwid makes an app that belongs to your store alone.",
            picture="button",
            labels=("Build a custom app", "My apps"),
        ),
        GuideStep(
            title="See that it has the permissions",
            text="A new custom app has those that are needed. In an older one, add what is missing; that gives a new "
            "token.",
            picture="checks",
            labels=tuple(SCOPES),
        ),
        GuideStep(
            title="Copy the secret token",
            text="It begins with secret_. The public token beside it is not enough.",
            picture="secret",
            labels=("Secret token", "secret_", "Public token", "public_"),
        ),
        GuideStep(
            title="Find the store ID",
            text="It is the number at the foot of every page of your Ecwid admin.",
            picture="number",
            labels=("Store ID",),
        ),
    ),
)
"""The way to a token (ecwid-api/auth.md §2)."""

OPTIONS = (
    OptionField(
        name="partialStatus",
        label="Status of a partly shipped order",
        kind="choice",
        default="PROCESSING",
        help="Ecwid has no status for a part. Empty leaves the status alone until everything has shipped.",
        choices=("", *EARLY),
        words=("Leave it alone", *EARLY_WORDS),
    ),
    OptionField(
        name="pickupStatus",
        label="Status of a prepared pickup order",
        kind="choice",
        default="READY_FOR_PICKUP",
        help="What the order says when its goods are packed. The hand-over is reported in the store.",
        choices=(*EARLY, "READY_FOR_PICKUP", "DELIVERED"),
        words=(*EARLY_WORDS, "Ready for pickup", "Delivered"),
    ),
    OptionField(
        name="deliveryStatus",
        label="Status of a local delivery that left",
        kind="choice",
        default="OUT_FOR_DELIVERY",
        help="What the order says when its goods are on the way. The hand-over is reported in the store.",
        choices=(*EARLY, "OUT_FOR_DELIVERY", "SHIPPED", "DELIVERED"),
        words=(*EARLY_WORDS, "Out for delivery", "Shipped", "Delivered"),
    ),
    OptionField(
        name="notifyBuyer",
        label="Let Ecwid mail the buyer",
        kind="boolean",
        default=True,
        help="Off: buyer mails are switched off for the order as its shipment is reported, and stay off.",
    ),
)

MANIFEST = Manifest(
    key="ecwid",
    name="Ecwid",
    summary="Ecwid by Lightspeed: orders and products in; stock, tracking and products out.",
    flows=FLOWS,
    credentials=CREDENTIALS,
    options=OPTIONS,
    oauth=True,
    scopes=SCOPES,
    guide=GUIDE,
    webhooks=True,
    calls_per_minute=600,
    page_size=PAGE_SIZE,
    batch_size=LARGEST,
    search_lag=15.0,
    fields=FIELDS,
    statuses=STATUSES,
)
