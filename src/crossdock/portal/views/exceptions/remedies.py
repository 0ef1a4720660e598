"""What mends each cause of an exception: something that a button does at once, or the page where it is mended.

Every code that an exception may carry stands in `REMEDIES`. What only its store knows gets `USUAL`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from crossdock.hub.models import ExceptionCase


class Act(StrEnum):
    """Something that a button does."""

    AGAIN = "again"
    """Have the flow look at the record again, or run through."""
    ROUTE = "route"
    """Have the order routed again."""
    RELEASE = "release"
    """Let the order through to routing."""
    APPROVE = "approve"
    """Let the next stock push go ahead, although it changes much."""


class Place(StrEnum):
    """A page where something is mended by a person."""

    RECORD = "record"
    """The page of what the exception is about."""
    EDIT = "edit"
    """The form of the product that the exception is about."""
    ORDER = "order"
    REQUESTS = "requests"
    """The shipping requests of the order."""
    STOCK = "stock"
    LOCATIONS = "locations"
    CONNECTION = "connection"
    SETTINGS = "settings"
    MAPPINGS = "mappings"
    RUNS = "runs"
    WEBHOOKS = "webhooks"
    NOTIFICATIONS = "notifications"


@dataclass(frozen=True)
class Remedy:
    """One way to mend it: the words of its button or link, and what comes of it in a sentence.

    With `because` the act needs a reason, which stands in the record's history.
    """

    key: str
    words: str
    does: str
    act: Act | None = None
    place: Place | None = None
    because: bool = False


AGAIN = Remedy(
    "again", "Look at it again",
    "Crossdock looks at both sides as they are now. If the cause has gone, this closes by itself.", Act.AGAIN,
)  # fmt: skip
RUN = Remedy(
    "again", "Run the flow now",
    "The flow runs at once instead of waiting. If it gets through, this closes by itself.", Act.AGAIN,
)  # fmt: skip
ROUTE = Remedy(
    "route", "Route the order again",
    "Routing looks for a place with the stock, cards and locations as they are now.", Act.ROUTE,
)  # fmt: skip
RELEASE = Remedy(
    "release", "Release the order",
    "The order goes on to routing, whatever the rules say, and this closes.", Act.RELEASE, because=True,
)  # fmt: skip
APPROVE = Remedy(
    "approve", "Let this push go ahead once",
    "The next push writes all figures, however many change; the one after it is guarded again.", Act.APPROVE,
    because=True,
)  # fmt: skip

OPEN = Remedy(
    "open", "Open the record", "Compare it with the store, and mend what differs.", place=Place.RECORD
)
EDIT = Remedy(
    "edit", "Change the product",
    "Its name, SKU, price and variants, if people here own it; else the page names the store that does. It is pushed "
    "once it is saved.", place=Place.EDIT,
)  # fmt: skip
ORDER = Remedy(
    "order", "Open the order", "All that is known of it, and all that can be done.", place=Place.ORDER
)
REQUESTS = Remedy(
    "requests", "Open its shipping requests",
    "There a request is cancelled, shipped by hand, or the warehouse's answer is noted.", place=Place.REQUESTS,
)  # fmt: skip
COUNT = Remedy(
    "count",
    "Count the stock",
    "Say how many there really are, and why.",
    place=Place.STOCK,
)
STOCK = Remedy(
    "stock", "Look at the stock", "How many are free, where, and what keeps the others.", place=Place.STOCK
)
LOCATIONS = Remedy(
    "locations", "Open the locations", "Make one active, or resume a paused one.", place=Place.LOCATIONS
)
RECONNECT = Remedy(
    "reconnect", "Reconnect", "On the integration's page: connect it again, and the flows go on where they stood.",
    place=Place.CONNECTION,
)  # fmt: skip
CONNECTION = Remedy(
    "connection", "Open the integration", "Its connection, and what the store says.", place=Place.CONNECTION
)
SETTINGS = Remedy(
    "settings", "Open its settings", "Correct the setting that the message names.", place=Place.SETTINGS
)
MAPPINGS = Remedy(
    "mappings", "Open its mappings", "Change the mapping, and try it on this order.", place=Place.MAPPINGS
)
RUNS = Remedy(
    "runs", "Look at its runs", "What ran, with the calls it made and what was answered.", place=Place.RUNS
)
NOTIFICATIONS = Remedy(
    "notifications", "Open the notifications", "Correct where messages go, or try it.", place=Place.NOTIFICATIONS,
)  # fmt: skip
WEBHOOKS = Remedy("webhooks", "Open the webhooks", "Correct the address, or try it.", place=Place.WEBHOOKS)

IMPORT = Remedy(
    "import", "Open the import", "How far it is, and what stops it. There it can be paused, and go on later.",
    place=Place.RECORD,
)  # fmt: skip

Remedies = tuple[Remedy, ...]

USUAL: Remedies = (AGAIN, OPEN, RUNS)
"""For a refusal that only its store knows."""

_DOCUMENT: Remedies = (AGAIN, OPEN)  # mended in the store, then read again
_VALUE: Remedies = (OPEN, AGAIN)  # mended here, then pushed again
_PRODUCT: Remedies = (EDIT, AGAIN)
_WAITS: Remedies = (RUN, RUNS)  # goes on by itself
_STORE: Remedies = (RUN, CONNECTION)  # mended in the store's settings
_CONNECTING: Remedies = (CONNECTION, RUN)  # answered while connecting; rarely an exception

REMEDIES: dict[str, Remedies] = {
    # The connection
    "needsReconnect": (RECONNECT,),
    "insufficientScope": (RECONNECT, RUN),
    "storeIsSuspended": _STORE,
    "notAvailableOnCurrentPlan": _STORE,
    "hostKeyChanged": (RECONNECT,),
    "otherFolder": (RECONNECT, SETTINGS),
    # The store cannot be reached
    "unreachable": _WAITS,
    "remoteUnavailable": _WAITS,
    "remoteTimeout": _WAITS,
    "rateLimited": _WAITS,
    "blockedByEdge": _WAITS,
    "answerTooLarge": _WAITS,
    "answerLost": (AGAIN, OPEN),
    "budget": _WAITS,
    # Orders
    "sumMismatch": (ORDER, AGAIN),
    "unknownStatus": (AGAIN, ORDER),
    "unknownFulfillmentType": (AGAIN, ORDER),
    "willNotDeliver": (AGAIN, ORDER),
    "maskedCustomer": (AGAIN, CONNECTION),
    "noLines": (AGAIN, ORDER),
    "oddQuantity": (AGAIN, ORDER),
    "currencyUnknown": (AGAIN, ORDER),
    "unreadable": _DOCUMENT,
    "unreadableField": _DOCUMENT,
    "unstorable": _DOCUMENT,
    "reviewRequired": (RELEASE, ORDER),
    "mappingNotApplied": (MAPPINGS, ORDER),
    "noLocation": (LOCATIONS, RUN),
    "noRoute": (ROUTE, STOCK, ORDER),
    "shippedElsewhere": (REQUESTS, ORDER),
    "editedAfterSending": (REQUESTS, ORDER),
    "editedAfterShipping": (ORDER, AGAIN),
    "canceledAfterSending": (REQUESTS, ORDER),
    "canceledAfterShipping": (ORDER, COUNT),
    "returnedNotCounted": (COUNT, ORDER),
    "partlyRefunded": (ORDER, AGAIN),
    # Products
    "blankSku": _DOCUMENT,
    "duplicateSku": _DOCUMENT,
    "blankName": _PRODUCT,
    "currencyMismatch": _PRODUCT,
    "unknownUnit": _DOCUMENT,
    "skuAlreadyExists": _PRODUCT,
    "readBackDiffers": _VALUE,
    # Stock
    "notDrained": (RUN, RUNS),
    "blastRadius": (APPROVE, STOCK, SETTINGS),
    "remoteUnlimited": (STOCK, AGAIN),
    "remoteStockUnknown": (AGAIN, STOCK),
    "stockNotTracked": (AGAIN, STOCK),
    # Shipments and warehouses
    "rejectedByWarehouse": (COUNT, REQUESTS, ORDER),
    "shippedTooMany": (ORDER, COUNT),
    "orderGone": (ORDER, AGAIN),
    "fileRefused": (RUN, RUNS),
    "rowsRejected": (RUN, RUNS),
    "shipmentNumberTaken": (OPEN, AGAIN),
    "badOption": (SETTINGS, RUN),
    # Telling others, and everything else
    "webhookFailing": (WEBHOOKS,),
    "notificationFailing": (NOTIFICATIONS,),
    "refused": USUAL,
    "defect": (RUN, RUNS),
    # Refusals about files and folders
    "badFileName": _WAITS, "fileChanged": _WAITS, "fileInTheWay": _WAITS, "fileTooLarge": _WAITS,
    "folderDenied": (RUN, SETTINGS), "folderMissing": (CONNECTION, RUN), "folderNotAllowed": (SETTINGS, RUN),
    "folderTaken": (SETTINGS, RUN),
    "hostKeyUnconfirmed": (RECONNECT,), "notExpressible": (OPEN, AGAIN), "otherDisk": (SETTINGS, RUN),
    "tooManyLines": (SETTINGS, AGAIN),
    # Ecwid's own refusals: a record that is gone, a value that is not acceptable, a call that is not known
    **dict.fromkeys(("orderNotFound", "productNotFound", "combinationNotFound", "gone"), (AGAIN, OPEN)),
    **dict.fromkeys((
        "wrongParameter", "constraintViolation", "wrongUrl", "incorrectImageSize", "languagesNotAllowed",
        "multilingualStoreFeatureNotActive", "externalIdAlreadyUsed", "cleanUrlsParameterIsInvalid",
        "maxCategoriesForApiRequestLimitExceeded", "combinationDuplicated", "differentCombinationStock",
        "differentCombinationDimensions", "combinationContainsRemovedOption",
        "combinationContainsRemovedOptionValue", "notAllowedToUpdateParameter",
        "notAllowedToUpdateExternalCategories", "costPriceCantBeNegative", "wholesalePricesCantBeNull",
        "wholesalePricesCantBeNegative", "wholesalePricesTooBig", "wholesalePricesQuantityTooSmall",
        "optionsIsNotFilesType", "notVideoUrl", "videoNotSupported", "videoUnavailable", "tooLarge",
    ), _VALUE),
    **dict.fromkeys((
        "maxProductsForApiRequestLimitExceeded", "combinationLimitPerRequestExceeded", "methodNotAllowed",
        "badRequest", "unprocessable", "forbidden", "notFound", "conflict", "unsupportedMediaType",
        "routeNotAllowed", "badRemoteId", "badPlan", "checkoutNotFound", "categoriesNotFound", "promotionNotFound",
        "discountCouponNotFound", "productReviewNotFound", "shippingNotFound",
        "advancedDiscountsFeatureNotAvailable", "discountsFeatureNotAvailable",
        "shippingDiscountsFeatureNotAvailable", "customerGroupsFeatureNotAvailable",
        "productReviewsFeatureNotAvailable", "maxPromotionsLimitExceeded", "readOnlyPromotionFieldChange",
        "shippingOptionTitleRequired", "shippingCarrierNameRequired", "shippingTypeCarrierRequired",
        "shippingBadTitleLength", "shippingOptionAddressMismatch", "paymentOptionTitleRequired",
        "paymentGatewayNameRequired", "paymentGatewayNameUnknown", "paymentGatewayMissingSettings",
        "paymentOptionBadTitleLength", "paymentGatewayIsAlreadyAdded", "slugParameterNotFound",
        "slugParameterEmpty", "charge", "domain",
    ), USUAL),
    # Refusals while connecting; those that can stop a flow later say so in their page
    **dict.fromkeys((
        "badCredentials", "storeMismatch", "otherAccount", "alreadyConnected", "noOAuth", "oauthNotConfigured",
        "codeMissing", "codeExpired", "appUnknown", "consentDenied", "tokenRefused", "tokenTypeUnknown",
        "tokenAnswerLost", "notDisabled", "unknownConnector", "unknownFlow", "flowNotReady",
        "importRunning", "notUnfinished", "wrongDate", "integrationGone", "notAStore", "notAWarehouse",
    ), _CONNECTING),
}  # fmt: skip


def remedies_of(code: str) -> Remedies:
    """Return what mends a cause, the best first."""
    return REMEDIES.get(code, USUAL)


def remedies_for(case: ExceptionCase) -> Remedies:
    """Return what mends an exception, the best first. An import tries again by itself, whatever its flow does."""
    usual = remedies_of(case.code)
    if not case.subject.startswith("import:"):
        return usual
    return IMPORT, *(one for one in usual if one.act is not Act.AGAIN)
