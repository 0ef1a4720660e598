"""What the mock warehouse offers, and how it can be told to behave."""

from __future__ import annotations

from crossdock.connectors.contract import Direction, Entity, FlowOffer, Manifest, OptionField

PULL, PUSH = Direction.PULL, Direction.PUSH

FLOWS = (
    FlowOffer(
        entity=Entity.ORDERS,
        title="Orders",
        directions=(PUSH,),
        sentences={
            PUSH: "Takes notice of open orders and their changes from the moment you turn this on, and does nothing "
            "with them."
        },
    ),
    FlowOffer(
        entity=Entity.SHIPMENTS,
        title="Shipping requests",
        directions=(PUSH,),
        sentences={
            PUSH: "Takes the shipping requests of the locations that are assigned to it, from the moment you turn "
            "this on, and ships them at its pace."
        },
        details={PUSH: "Requests that wait there already are taken, too. Nothing leaves this machine."},
    ),
    FlowOffer(
        entity=Entity.FULFILLMENTS,
        title="Fulfillments",
        directions=(PULL,),
        sentences={
            PULL: "Reports a made-up parcel, or a rejection, when its time has come, from the moment you turn "
            "this on."
        },
    ),
    FlowOffer(
        entity=Entity.INVENTORY,
        title="Inventory",
        directions=(PULL,),
        sentences={
            PULL: "Reports the counts that its option says, once for each day, from the moment you turn this on."
        },
        details={PULL: "A day's count is as of its beginning (UTC)."},
    ),
)

OPTIONS = (
    OptionField(
        name="paceSeconds", label="Seconds for each parcel", kind="integer", default=60,
        help="The first parcel leaves so long after the request was sent, each further one so long after the last.",
    ),
    OptionField(
        name="parcels", label="Parcels of a request", kind="integer", default=1,
        help="Into how many parcels a request is split, if it has as many units.",
    ),
    OptionField(
        name="carriers", label="Carriers", kind="list", default=("UPS", "DHL", "USPS"),
        help="One of them carries each parcel.",
    ),
    OptionField(
        name="percentRejected", label="Rejected requests, in percent", kind="integer", default=0,
        help="So many of a hundred requests are refused as out of stock instead of being shipped.",
    ),
    OptionField(
        name="percentDuplicated", label="Reports that come twice, in percent", kind="integer", default=0,
        help="So many of a hundred parcels are reported in two deliveries.",
    ),
    OptionField(
        name="percentMalformed", label="Deliveries with a broken row, in percent", kind="integer", default=0,
        help="So many of a hundred deliveries hold one row more that nobody can read.",
    ),
    OptionField(
        name="percentBusy", label="Answers that fail, in percent", kind="integer", default=0,
        help="So many of a hundred calls are answered with: busy, come again.",
    ),
    OptionField(
        name="counts", label="Counts", kind="list", default=(),
        help="What lies on its shelves each morning, as SKU=QUANTITY with commas between.",
    ),
)  # fmt: skip

MANIFEST = Manifest(
    key="mockwarehouse",
    name="Mock warehouse",
    summary="A warehouse that is not there, for trying: it ships what it is sent, at a set pace, with set faults.",
    role="warehouse",
    flows=FLOWS,
    credentials=(),
    options=OPTIONS,
    calls_per_minute=6_000,
    batch_size=100,
    search_lag=0.0,
)
