"""The kinds of exceptions that a rule can choose from, as the runbook groups them."""

from __future__ import annotations

KINDS: dict[str, tuple[str, ...]] = {
    "The connection": (
        "needsReconnect",
        "insufficientScope",
        "storeIsSuspended",
        "notAvailableOnCurrentPlan",
        "hostKeyChanged",
        "otherFolder",
    ),
    "The store cannot be reached": (
        "unreachable",
        "remoteUnavailable",
        "remoteTimeout",
        "rateLimited",
        "blockedByEdge",
        "answerTooLarge",
        "answerLost",
        "budget",
    ),
    "Orders": (
        "sumMismatch",
        "unknownStatus",
        "unknownFulfillmentType",
        "willNotDeliver",
        "maskedCustomer",
        "noLines",
        "oddQuantity",
        "currencyUnknown",
        "unreadable",
        "unreadableField",
        "mappingNotApplied",
        "unstorable",
        "reviewRequired",
        "noLocation",
        "noRoute",
        "shippedElsewhere",
        "editedAfterSending",
        "editedAfterShipping",
        "canceledAfterSending",
        "canceledAfterShipping",
        "returnedNotCounted",
        "partlyRefunded",
    ),
    "Products": (
        "blankSku",
        "duplicateSku",
        "blankName",
        "currencyMismatch",
        "unknownUnit",
        "skuAlreadyExists",
        "readBackDiffers",
    ),
    "Stock": (
        "notDrained",
        "blastRadius",
        "remoteUnlimited",
        "remoteStockUnknown",
        "stockNotTracked",
    ),
    "Shipments": (
        "rejectedByWarehouse",
        "shippedTooMany",
        "orderGone",
    ),
    "Warehouses": (
        "fileRefused",
        "rowsRejected",
        "shipmentNumberTaken",
        "badOption",
    ),
    "Telling others": (
        "webhookFailing",
        "notificationFailing",
    ),
    "Everything else": (
        "refused",
        "defect",
    ),
}
"""Codes by the headings of docs/exceptions/README.md; a test compares them."""

OTHER = "other"
"""Stands for every code that has no page of its own, such as the refusals of a store or of a file."""

CODES = frozenset(code for codes in KINDS.values() for code in codes)
