"""What events say happened, in words: ``status`` of an order becomes *Order released by a rule*."""

from __future__ import annotations

from collections.abc import Mapping

from crossdock.portal.words.statuses import spaced

TITLES: dict[str, dict[str, str]] = {
    "orders": {
        "ingested": "Order came in", "updated": "Order changed", "deleted": "Order deleted in the store",
        "restored": "Order back in the store", "release": "Release of the order changed",
        "status": "Status of the order changed",
        "routing": "Routing of the order changed", "routeAgain": "Order to be routed again",
        "route": "Shipping request made", "cancel": "Units of the order cancelled",
        "fulfill": "Parcel left", "reject": "Units rejected by the warehouse",
        "fulfillmentPushed": "Store told of the shipment",
        "fulfillmentNotPushed": "Store not told of the shipment", "orderSent": "Order sent to its warehouse",
        "lookAgain": "Order to be looked at again",
    },
    "shippingRequests": {
        "status": "Status of the shipping request changed",
        "cancel": "Shipping request cancelled", "cancellation": "Cancellation of the shipping request went on",
        "sent": "Shipping request sent to its warehouse",
        "reference": "Warehouse gave the shipping request a number",
        "lookAgain": "Shipping request to be looked at again",
    },
    "fulfillments": {"lookAgain": "Fulfillment to be looked at again"},
    "products": {
        "created": "Product created", "updated": "Product changed", "deleted": "Product deleted",
        "pushed": "Product pushed", "publishingChanged": "Selling on a channel changed",
        "limitsChanged": "Limits of a channel's stock changed", "bundleChanged": "Parts of the bundle changed",
        "variantsChanged": "Variants changed", "archived": "Product archived",
        "lookAgain": "Product to be looked at again",
    },
    "inventory": {
        "pushed": "Stock pushed", "adjust": "Stock changed", "ingest": "Stock counted",
        "receive": "Stock arrived", "move": "Stock moved", "lock": "Stock locked", "unlock": "Stock unlocked",
        "writeOff": "Stock written off",
        "lookAgain": "Stock to be looked at again",
    },
    "locations": {
        "created": "Location created", "updated": "Location changed", "changed": "Location changed",
        "retired": "Location no longer in the store", "merged": "Location merged into another",
        "warehouseAssigned": "Warehouse of the location changed",
        "lookAgain": "Location to be looked at again",
    },
    "exceptions": {"dismissed": "Exception set aside"},
    "integrations": {
        "added": "Integration added", "renamed": "Integration renamed", "connected": "Integration connected",
        "reconnected": "Integration connected again", "disabled": "Integration disabled",
        "enabled": "Integration enabled", "removed": "Integration removed",
        "parked": "Integration needs to be connected again", "flowEnabled": "Flow turned on",
        "flowDisabled": "Flow turned off", "planApproved": "Plan approved", "settingsChanged": "Settings changed",
        "importStarted": "Import started", "importPaused": "Import paused", "importResumed": "Import resumed",
        "mappingAdded": "Mapping added", "mappingChanged": "Mapping changed", "mappingRemoved": "Mapping removed",
        "mappingsApplied": "Mappings applied to stored orders",
        "lookNow": "Flows asked to look now",
        "authorizationBegun": "Connecting begun", "authorizationFailed": "Connecting failed",
        "adoptionAsked": "Figures of the store to be taken over", "stockAdopted": "Figures of the store taken over",
        "adoptionFailed": "Figures of the store could not be taken over",
    },
    "organizations": {"renamed": "Organization renamed", "set": "Settings of the organization changed"},
    "users": {
        "created": "Member added", "removed": "Member removed", "roleChanged": "Role of a member changed",
        "switchedOn": "Member let in again", "switchedOff": "Member locked out", "renamed": "Member renamed",
        "addressChanged": "E-mail address changed", "passwordChanged": "Password changed",
        "passwordReset": "Password set anew", "resetLinkMade": "Link for a new password made",
        "loggedIn": "Logged in", "loginFailed": "Login failed", "loggedOutEverywhere": "Logged out everywhere",
        "secondFactorAdded": "Second factor added", "secondFactorRemoved": "Second factor removed",
        "secondFactorRenewed": "Second factor made anew",
        "secondFactorReset": "Two-factor authentication reset", "signOnLinked": "Single sign-on linked",
    },
    "invitations": {
        "created": "Invitation sent", "accepted": "Invitation accepted", "revoked": "Invitation withdrawn",
    },
    "apiKeys": {"created": "API key made", "revoked": "API key revoked"},
    "webhooks": {
        "created": "Webhook added", "changed": "Webhook changed", "paused": "Webhook paused",
        "resumed": "Webhook resumed", "removed": "Webhook removed", "secretChanged": "Secret of the webhook changed",
        "redelivered": "Delivery to the webhook repeated",
    },
    "notifications": {
        "created": "Notification added", "changed": "Notification changed", "paused": "Notification paused",
        "resumed": "Notification resumed", "removed": "Notification removed",
    },
    "orderRules": {
        "created": "Rule added", "changed": "Rule changed", "moved": "Rule moved", "enabled": "Rule turned on",
        "disabled": "Rule turned off", "removed": "Rule removed",
    },
    "routingCards": {
        "created": "Routing card added", "changed": "Routing card changed", "removed": "Routing card removed",
    },
}  # fmt: skip
"""What each operation on each kind of record is called."""

_STATUSES = {
    "orders": {
        "new": "Order counts as new", "onHold": "Order put on hold", "reviewRequired": "Order kept for a review",
        "readyForFulfillment": "Order ready to ship", "sentToFulfillment": "Order taken on by its location",
        "partialFulfillment": "Order partly fulfilled", "fulfilled": "Order fulfilled",
        "canceled": "Order cancelled", "closed": "Order closed", "archived": "Order archived",
        "returned": "Order returned", "refunded": "Order refunded",
    },
    "shippingRequests": {
        "pendingInventory": "Shipping request waits for stock",
        "readyForFulfillment": "Shipping request ready to ship",
        "sentToFulfillment": "Shipping request taken on by its warehouse",
        "partialFulfillment": "Shipping request partly fulfilled", "fulfilled": "Shipping request fulfilled",
        "canceled": "Shipping request cancelled", "canceledRestock": "Shipping request cancelled and restocked",
        "failed": "Shipping request rejected as a whole",
    },
}  # fmt: skip
"""What a new status means that something happened."""

_CANCELLATIONS = {
    "requested": "Warehouse to be told of the cancellation", "sent": "Warehouse told of the cancellation",
    "confirmed": "Cancellation confirmed by the warehouse", "refused": "Cancellation came too late",
}  # fmt: skip
_ROUTINGS = {
    "pending": "Order waits for routing", "failed": "No place found for the order",
    "excluded": "Nothing of the order to route", "acknowledged": "Order routed",
}  # fmt: skip
_RELEASES = {
    "undecided": "Order given back to the rules", "held": "Order put on hold", "review": "Order kept for a review",
    "released": "Order released",
}  # fmt: skip
_RULES = frozenset({"rule", "rules"})


def title(entity: str, operation: str, *, author: str = "", after: Mapping[str, object] | None = None) -> str:
    """Return what happened, as a short sentence; what nobody has words for is the operation as words."""
    said = _particular(entity, operation, after or {}) or TITLES.get(entity, {}).get(operation)
    if said is None:
        return f"{spaced(operation)} ({spaced(entity).lower()})"
    return f"{said} by a rule" if author in _RULES and operation == "release" else said


def kind_of_happening(entity: str, operation: str) -> str:
    """Return what an operation is called in a filter; without a kind of record, as words."""
    return TITLES.get(entity, {}).get(operation) or spaced(operation)


def _particular(entity: str, operation: str, after: Mapping[str, object]) -> str | None:
    """What the new values say better than the operation does, None where they say nothing."""
    match operation:
        case "status":
            return _STATUSES.get(entity, {}).get(str(after.get("status")))
        case "cancellation":
            return _CANCELLATIONS.get(str(after.get("cancellationStatus")))
        case "release":
            return _RELEASES.get(str(after.get("release")))
        case "routing":
            return _ROUTINGS.get(str(after.get("routingStatus")))
    return None
