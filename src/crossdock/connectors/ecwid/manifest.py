"""What the Ecwid connector offers, in the words a person reads before turning a flow on."""

from __future__ import annotations

from crossdock.connectors.contract import CredentialField, Direction, Entity, FlowOffer, Manifest, OptionField
from crossdock.connectors.ecwid.batch import LARGEST
from crossdock.connectors.ecwid.pull import PAGE_SIZE

PULL, PUSH = Direction.PULL, Direction.PUSH

EARLY = (
    "PROCESSING",
    "CUSTOM_FULFILLMENT_STATUS_1",
    "CUSTOM_FULFILLMENT_STATUS_2",
    "CUSTOM_FULFILLMENT_STATUS_3",
)
"""Statuses of an order that is being worked on (ecwid-api/orders.md §8)."""

FLOWS = (
    FlowOffer(
        entity=Entity.LOCATIONS,
        title="Locations",
        directions=(PULL,),
        sentences={
            PULL: "Reads where this store keeps its goods. Ecwid lists no locations: one is made from the "
            "store profile, more where stock or shipping methods name one, and pickup points are told apart."
        },
        locked=True,
        lock_reason="Orders and stock need a location, so this flow is always on and runs first.",
    ),
    FlowOffer(
        entity=Entity.ORDERS,
        title="Orders",
        directions=(PULL,),
        sentences={
            PULL: "Brings in every order placed from the moment you turn this on, and each later change. "
            "Orders a buyer has not finished stay out. Older orders come in through an import from a date."
        },
    ),
    FlowOffer(
        entity=Entity.PRODUCTS,
        title="Products",
        directions=(PULL, PUSH),
        sentences={
            PULL: "Brings in the catalogue with all variations, and each later change of it.",
            PUSH: "Creates and updates the products that began here. Those that began in Ecwid are not "
            "touched. Nothing is deleted there: an archived product is switched off.",
        },
    ),
    FlowOffer(
        entity=Entity.INVENTORY,
        title="Inventory",
        directions=(PUSH,),
        sentences={
            PUSH: "Keeps the stock figures in Ecwid equal to what is available here, from the moment you "
            "turn this on. Differences are sent, so a sale in between is kept. Products without stock "
            "control, variations without their own SKU and stock owned by a point of sale are left alone."
        },
    ),
    FlowOffer(
        entity=Entity.FULFILLMENTS,
        title="Fulfillments",
        directions=(PUSH,),
        sentences={
            PUSH: "Reports each shipment to its order in Ecwid: tracking and status in one step, so the "
            "buyer gets one mail. Pickup, delivery and digital orders get statuses of their own."
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

OPTIONS = (
    OptionField(
        name="partialStatus",
        label="Status of a partly shipped order",
        kind="choice",
        default="PROCESSING",
        help="Ecwid has no status for a part. Empty leaves the status alone until everything has shipped.",
        choices=("", *EARLY),
    ),
    OptionField(
        name="pickupStatus",
        label="Status of a prepared pickup order",
        kind="choice",
        default="READY_FOR_PICKUP",
        help="What the order says when its goods are packed. The hand-over is reported in the store.",
        choices=(*EARLY, "READY_FOR_PICKUP", "DELIVERED"),
    ),
    OptionField(
        name="deliveryStatus",
        label="Status of a local delivery that left",
        kind="choice",
        default="OUT_FOR_DELIVERY",
        help="What the order says when its goods are on the way. The hand-over is reported in the store.",
        choices=(*EARLY, "OUT_FOR_DELIVERY", "SHIPPED", "DELIVERED"),
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
    webhooks=True,
    calls_per_minute=600,
    page_size=PAGE_SIZE,
    batch_size=LARGEST,
    search_lag=15.0,
)
