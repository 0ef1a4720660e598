"""The words and colours of statuses, and the sentences that explain them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """How a status is shown. `tone` is one of Tabler's colour names."""

    label: str
    tone: str = "secondary"
    hint: str = ""


ORDER = {
    "new": Word("New", "azure", "Taken in; routing has not looked at it yet."),
    "onHold": Word("On hold", "orange", "Waits until somebody or a rule releases it."),
    "reviewRequired": Word("Review required", "red", "A person has to decide."),
    "readyForFulfillment": Word(
        "Ready to ship", "indigo", "Released: a location is told to ship it, or routing looks for one."
    ),
    "sentToFulfillment": Word("Sent to fulfillment", "purple", "The location has taken it on."),
    "partialFulfillment": Word("Partly fulfilled", "yellow", "Some of it has shipped."),
    "fulfilled": Word("Fulfilled", "green", "Everything that had to ship has shipped."),
    "canceled": Word("Cancelled", "secondary", "Called off; its stock has been released."),
    "returned": Word("Returned"),
    "refunded": Word("Refunded"),
    "archived": Word("Archived"),
    "closed": Word("Closed"),
}
ROUTING = {
    "disabled": Word("Not routed"),
    "pending": Word("Waiting for routing", "azure"),
    "ready": Word(
        "To be routed again", "orange", "A request of it was cancelled: a person routes again what is open."
    ),
    "acknowledged": Word("Taken on", "green"),
    "failed": Word("No route", "red", "No place was found for what is open of it; its exception says why."),
    "excluded": Word("Nothing to route", "secondary", "Digital, shipped before it came here, or called off."),
}
REQUEST = {
    "new": Word("New", "azure", "Made; its location has not been told yet."),
    "pendingInventory": Word(
        "Waits for stock", "orange", "Goes on by itself when the stock on its way has come."
    ),
    "readyForFulfillment": Word("Ready to ship", "indigo", "Its location may ship it."),
    "sentToFulfillment": Word("Sent to fulfillment", "purple", "Its warehouse has it."),
    "partialFulfillment": Word("Partly fulfilled", "yellow", "Some of it has shipped."),
    "fulfilled": Word("Fulfilled", "green", "All of it has shipped."),
    "canceled": Word("Cancelled", "secondary", "Called off; its goods were written off."),
    "canceledRestock": Word("Cancelled, restocked", "secondary", "Called off; its goods are free again."),
    "failed": Word("Failed", "red", "Nothing of it is left to ship: its warehouse rejected it."),
}
CANCELLATION = {
    "requested": Word("Warehouse has to be told", "orange"),
    "sent": Word("Warehouse was told", "azure", "It has not answered yet."),
    "confirmed": Word("Warehouse has stopped it", "green"),
    "refused": Word("Too late: it ships", "red", "The request counts again."),
}
PARCEL = {
    "shipped": Word("Shipped", "green"),
    "rejected": Word("Rejected", "red", "The warehouse will not ship it."),
}
TELLING = {
    "told": Word("Told", "green", "The store knows: it was written, and read back."),
    "waits": Word("Waits", "azure", "The store is told as soon as its flow runs."),
    "refused": Word("Refused", "red", "The store was not told; an exception says why."),
    "off": Word(
        "Flow is off", "secondary", "Nothing is told to the store while the fulfillments flow is off."
    ),
    "missed": Word("Not told", "orange", "It was recorded while the flow was off."),
    "nothing": Word("Nothing to tell", "secondary", "The store said so already, or cannot take it."),
    "ours": Word("Stays here", "secondary", "A rejection is no parcel, so no store is told of it."),
}
INTEGRATION = {
    "notConfigured": Word("Not configured", "secondary", "Not connected to an account yet."),
    "connecting": Word("Connecting", "azure", "Waits for the answer of the consent page."),
    "connected": Word("Connected", "green", "The account answers."),
    "error": Word("Needs reconnect", "red", "Its flows wait, nothing is lost: connect it again."),
    "disabled": Word("Disabled", "secondary", "Switched off by a person; nothing is called."),
    "removed": Word("Removed", "secondary"),
}
PRODUCT = {
    "active": Word("Active", "green"),
    "inactive": Word("Inactive", "secondary"),
    "archived": Word("Archived", "secondary"),
}
STOCK = {
    "tracked": Word("Tracked", "green"),
    "unlimited": Word("Unlimited", "azure", "The channel does not count this SKU."),
    "unknown": Word("Never counted", "yellow", "Nobody has counted it yet, so no figure is pushed."),
}
FIGURE = {
    "onHand": Word("On hand", "green", "Lies on the shelf, and may be sold."),
    "committed": Word("Kept for orders", "azure", "Sold, and not shipped yet."),
    "future": Word("Future", "azure", "On its way, and may be sold before it is here."),
    "committedFuture": Word("Kept of future", "azure", "Requests that wait for what is on its way."),
    "incoming": Word("Incoming", "azure", "On its way, but not to be sold before it is here."),
    "unavailable": Word("Unavailable", "orange", "Is there, but may not be sold."),
    "hold": Word("On hold", "orange", "Is there, but may not be sold: kept back for somebody or something."),
    "damaged": Word("Damaged", "orange", "Is there, but may not be sold: it is broken."),
}
LEDGER = {
    "virtualCommit": Word("Order taken", "azure", "An order keeps units until it is routed."),
    "release": Word("Order let go", "azure", "An order lets go of what it had kept."),
    "ship": Word("Told to ship", "indigo", "A shipping request keeps the units."),
    "shipCancel": Word("Request cancelled", "secondary", "Its units were written off."),
    "shipCancelRestock": Word("Request cancelled, restocked", "secondary", "Its units may be sold again."),
    "futureShip": Word("Waits for stock", "indigo", "A shipping request keeps stock that is on its way."),
    "futureShipCancel": Word("Waits no more", "secondary"),
    "fulfill": Word("Parcel left", "green"),
    "adjust": Word("Set by a person", "yellow", "A count, or another figure."),
    "ingest": Word("Warehouse's count", "yellow"),
    "receive": Word("Arrived", "green"),
    "move": Word("Moved", "purple", "To another location, or between the shelf and what may not be sold."),
    "writeOff": Word("Written off", "red", "The units are gone: broken, lost, given away."),
    "reject": Word("Warehouse lacks it", "red"),
    "recount": Word("Doubt over", "green"),
    "xferout": Word("Merged away", "secondary"),
    "xferin": Word("Merged in", "secondary"),
}
CASE = {
    "active": Word("Open", "red"),
    "resolved": Word("Resolved", "green", "Closed itself when its cause had gone."),
    "dismissed": Word(
        "Set aside", "secondary", "By a person: it was dealt with outside, or is of no matter."
    ),
}
RUN = {
    "running": Word("Running", "azure"),
    "completed": Word("Completed", "green"),
    "partial": Word("With exceptions", "yellow", "Completed; some records need attention."),
    "failed": Word("Failed", "red"),
    "abandoned": Word("Abandoned", "secondary", "Its process died; the next run took its work over."),
}
LOCATION = {
    "active": Word("Active", "green"),
    "inactive": Word("Inactive", "secondary"),
    "merged": Word("Merged", "secondary", "It is part of another location now."),
}

ENTITIES = ("locations", "orders", "products", "inventory", "shipments", "fulfillments")
"""What flows carry, in the order in which a person meets it."""

KINDS = {
    "order": ORDER, "routing": ROUTING, "request": REQUEST, "integration": INTEGRATION, "product": PRODUCT,
    "stock": STOCK, "figure": FIGURE, "ledger": LEDGER, "case": CASE, "run": RUN, "location": LOCATION,
    "cancellation": CANCELLATION, "parcel": PARCEL, "telling": TELLING,
}  # fmt: skip


ACRONYMS = {"sku": "SKU", "upc": "UPC", "url": "URL", "id": "id"}


def word(kind: str, status: str) -> Word:
    """Return how `status` is shown; one that nobody has words for is shown as it is."""
    return KINDS[kind].get(status) or Word(status)


_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def spaced(name: str) -> str:
    """Return a code such as ``sumMismatch`` as words: ``Sum mismatch``.

    What is words already stays as it is, and so does what is written in capitals.
    """
    if " " in name:
        return name[:1].upper() + name[1:]
    parts = _HUMPS.sub(" ", name.replace("_", " ")).split()
    words = [part.lower() if part[1:].islower() or len(part) == 1 else part for part in parts]
    text = " ".join(ACRONYMS.get(word.lower(), word) for word in words)
    return text[:1].upper() + text[1:]


def spaced_code(code: str) -> str:
    """Return a code of ours or of an outside system as words: ``AWAITING_PAYMENT`` becomes ``Awaiting payment``."""
    return code.replace("_", " ").strip().capitalize() if code.isupper() else spaced(code)
