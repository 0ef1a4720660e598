"""What Ecwid's refusals mean, sorted by what to do next. One row per code of ecwid-api/conventions.md §11.

The status decides first, the code refines, the message is shown. Bodies may be JSON with one of several
spellings, empty, or HTML; the message may stand in the HTTP reason phrase only (before 2020).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from crossdock.connectors.ecwid.routes import Call, scope_for
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Reconnect, Refused, Retry

PAUSE = 10.0
"""Seconds to wait after a 429 without a readable Retry-After (the official client's figure)."""

EDGE_BLOCK = 300.0
"""Seconds to wait when something in front of Ecwid blocks us: knocking on makes such a block longer."""

Action = Literal["retry", "reconnect", "refused", "gone", "scope"]


class Row(NamedTuple):
    """What a code means: what to do, our stable code for it, the remedy, and the credential it is about."""

    action: Action
    code: str
    remedy: str = ""
    field: str = ""


def _named(*codes: str, remedy: str = "") -> dict[str, Row]:
    """Rows for refusals whose own name says it all: SKU_ALREADY_EXISTS becomes skuAlreadyExists."""
    return {code: Row("refused", camel(code), remedy) for code in codes}


def camel(code: str) -> str:
    """Return a stable code of ours for a code of Ecwid's."""
    first, *rest = [part for part in re.split(r"[^A-Za-z0-9]+", code) if part] or ["refused"]
    return first.lower() + "".join(part.capitalize() for part in rest)


_PLAN = "Change the store's Ecwid plan, or leave out what it does not include."
_VALUE = "Correct the value and try again."
_TAKEN = "Give it a value that is still free, or link the record to the one that has it."
_TOKEN = Row(
    "reconnect",
    "needsReconnect",
    "The secret token is unknown there, or was revoked: copy it again, or connect the store again.",
    "token",
)
_STORE = Row(
    "reconnect",
    "needsReconnect",
    "There is no such store: check the store ID and connect the store again.",
    "store_id",
)
_OPTIONS = "Ecwid's product options have changed: pull the product, then push it again."

TABLE: Mapping[str, Row] = {
    # general
    **_named(
        "WRONG_PARAMETER",
        "INCORRECT_IMAGE_SIZE",
        "LANGUAGES_NOT_ALLOWED",
        "MULTILINGUAL_STORE_FEATURE_NOT_ACTIVE",
        remedy=_VALUE,
    ),
    **_named("NOT_AVAILABLE_ON_CURRENT_PLAN", "MAX_PROMOTIONS_LIMIT_EXCEEDED", remedy=_PLAN),
    "STORE_IS_SUSPENDED": Row("refused", "storeIsSuspended", "Settle the store's account with Ecwid."),
    "INSUFFICIENT_APP_SCOPE": Row("scope", "insufficientScope"),
    "INVALID_API_TOKEN": _TOKEN,
    "STORE_NOT_FOUND": _STORE,
    "PROFILE_NOT_FOUND": _STORE,
    "ORDER_NOT_FOUND": Row("gone", "orderNotFound"),
    "PRODUCT_NOT_FOUND": Row("gone", "productNotFound"),
    "COMBINATION_NOT_FOUND": Row("gone", "combinationNotFound"),
    **_named(
        "CHECKOUT_NOT_FOUND",
        "CATEGORIES_NOT_FOUND",
        "PROMOTION_NOT_FOUND",
        "DISCOUNT_COUPON_NOT_FOUND",
        "PRODUCT_REVIEW_NOT_FOUND",
        "SHIPPING_NOT_FOUND",
        remedy="Something that the record refers to does not exist in the store.",
    ),
    "METHOD_NOT_ALLOWED": Row(
        "refused", "methodNotAllowed", "Update Crossdock: Ecwid does not know this call."
    ),
    "TIMEOUT": Row("retry", "remoteTimeout"),
    "RATE_LIMITED": Row("retry", "rateLimited"),
    "INTERNAL_ERROR": Row("retry", "remoteUnavailable"),
    **_named("EXTERNAL_ID_ALREADY_USED", "SKU_ALREADY_EXISTS", remedy=_TAKEN),
    **_named("CONSTRAINT_VIOLATION", "WRONG_URL", remedy=_VALUE),
    # catalogue
    **_named(
        "MAX_PRODUCTS_FOR_API_REQUEST_LIMIT_EXCEEDED",
        "MAX_CATEGORIES_FOR_API_REQUEST_LIMIT_EXCEEDED",
        "COMBINATION_LIMIT_PER_REQUEST_EXCEEDED",
        remedy="Send less at once: Ecwid takes 100 products or categories, or 200 variations, in a request.",
    ),
    **_named(
        "COST_PRICE_CANT_BE_NEGATIVE",
        "WHOLESALE_PRICES_CANT_BE_NULL",
        "WHOLESALE_PRICES_CANT_BE_NEGATIVE",
        "WHOLESALE_PRICES_TOO_BIG",
        "WHOLESALE_PRICES_QUANTITY_TOO_SMALL",
        "OPTIONS_IS_NOT_FILES_TYPE",
        "CLEAN_URLS_PARAMETER_IS_INVALID",
        remedy=_VALUE,
    ),
    **_named(
        "DIFFERENT_COMBINATION_STOCK",
        "DIFFERENT_COMBINATION_DIMENSIONS",
        remedy="A variation with the product's own SKU must have the product's stock and size.",
    ),
    **_named(
        "COMBINATION_CONTAINS_REMOVED_OPTION", "COMBINATION_CONTAINS_REMOVED_OPTION_VALUE", remedy=_OPTIONS
    ),
    "COMBINATION_DUPLICATED": Row(
        "refused", "combinationDuplicated", "Two variations have the same options."
    ),
    "NOT_ALLOWED_TO_UPDATE_EXTERNAL_CATEGORIES": Row(
        "refused", "notAllowedToUpdateExternalCategories", "Change these categories where they come from."
    ),
    "NOT_ALLOWED_TO_UPDATE_PARAMETER": Row(
        "refused", "notAllowedToUpdateParameter", "This stock belongs to the point of sale; change it there."
    ),
    **_named("NOT_VIDEO_URL", "VIDEO_NOT_SUPPORTED", "VIDEO_UNAVAILABLE", remedy=_VALUE),
    # discounts and reviews
    **_named(
        "ADVANCED_DISCOUNTS_FEATURE_NOT_AVAILABLE",
        "DISCOUNTS_FEATURE_NOT_AVAILABLE",
        "SHIPPING_DISCOUNTS_FEATURE_NOT_AVAILABLE",
        "CUSTOMER_GROUPS_FEATURE_NOT_AVAILABLE",
        "PRODUCT_REVIEWS_FEATURE_NOT_AVAILABLE",
        remedy=_PLAN,
    ),
    **_named("READ_ONLY_PROMOTION_FIELD_CHANGE", remedy=_VALUE),
    # shipping, payment, slugs
    **_named(
        "SHIPPING_OPTION_TITLE_REQUIRED",
        "SHIPPING_CARRIER_NAME_REQUIRED",
        "SHIPPING_TYPE_CARRIER_REQUIRED",
        "SHIPPING_BAD_TITLE_LENGTH",
        "SHIPPING_OPTION_ADDRESS_MISMATCH",
        "PAYMENT_OPTION_TITLE_REQUIRED",
        "PAYMENT_GATEWAY_NAME_REQUIRED",
        "PAYMENT_GATEWAY_NAME_UNKNOWN",
        "PAYMENT_GATEWAY_MISSING_SETTINGS",
        "PAYMENT_OPTION_BAD_TITLE_LENGTH",
        "PAYMENT_GATEWAY_IS_ALREADY_ADDED",
        "SLUG_PARAMETER_NOT_FOUND",
        "SLUG_PARAMETER_EMPTY",
        remedy=_VALUE,
    ),
}

FAMILIES: tuple[tuple[re.Pattern[str], Row], ...] = (
    (re.compile(r"CHARGE_\w+"), Row("refused", "charge", "Settle the charge with Ecwid.")),
    (re.compile(r"DOMAIN_\w+|\w+_DOMAIN_NAME"), Row("refused", "domain", _VALUE)),
)
"""Codes that Ecwid documents by their beginning or end only."""

_DEFAULTS: Mapping[int, Row] = {
    400: Row("refused", "badRequest", _VALUE),
    401: _TOKEN,
    402: Row("refused", "notAvailableOnCurrentPlan", _PLAN),
    403: Row("refused", "forbidden", "Ask Ecwid what the app may not do."),
    404: Row("refused", "notFound", "Check the Ecwid address in the settings and the record's id."),
    405: Row("refused", "methodNotAllowed", "Update Crossdock: Ecwid does not know this call."),
    408: Row("retry", "remoteTimeout"),
    409: Row("refused", "conflict", "Look at the record in Ecwid and resolve the conflict."),
    413: Row("refused", "tooLarge", "Send a smaller image or file (images up to 20 MB)."),
    415: Row("refused", "unsupportedMediaType", "Update Crossdock: Ecwid wants another content type."),
    422: Row("refused", "unprocessable", _VALUE),
    429: Row("retry", "rateLimited"),
}

_MISSING = re.compile(r"(order|product|combination|variation)\b.*\bnot found", re.IGNORECASE)


class NotSent(Retry):
    """Nothing left this machine: a write that ends so is known not to have happened."""


class Complaint(Struct, frozen=True):
    """What an error body says. `empty`: there was none; `page`: it was something else than JSON."""

    code: str = ""
    message: str = ""
    empty: bool = False
    page: bool = False


def complaint(body: bytes, reason_phrase: str = "") -> Complaint:
    """Read an error body of any known spelling; never raises."""
    text = body.strip()
    if not text:
        return Complaint(message=_phrase(reason_phrase), empty=True)
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Complaint(message=_phrase(reason_phrase), page=True)
    if not isinstance(document, dict):
        return Complaint(message=_phrase(reason_phrase))
    code = next((document[key] for key in ("errorCode", "error") if isinstance(document.get(key), str)), "")
    spellings = ("errorMessage", "error_message", "error_description", "message")
    message = next((document[key] for key in spellings if isinstance(document.get(key), str)), "")
    return Complaint(code=code.strip(), message=message.strip()[:500] or _phrase(reason_phrase))


def _phrase(reason_phrase: str) -> str:
    """The reason phrase, where it says more than its status does."""
    ordinary = {"ok", "bad request", "unauthorized", "payment required", "forbidden", "not found", "conflict"}
    return "" if reason_phrase.lower() in ordinary else reason_phrase[:500]


def sort(
    call: Call,
    status: int,
    body: bytes,
    *,
    reason_phrase: str = "",
    retry_after: float | None = None,
    remote_id: str = "",
) -> ConnectorError:
    """Return the error that an unsuccessful answer to `call` means. Never raises.

    `retry_after` is the wait in seconds that the answer asked for, where it did.
    """
    said = complaint(body, reason_phrase)
    if status >= 500 or status == 408:
        return lost(call, f"Ecwid answered {status} to {_what(call)}{_says(said)}.", remote_id=remote_id)
    if status < 400:
        return lost(
            call,
            f"Ecwid answered {_what(call)} with status {status}; check its address in the settings.",
            remote_id=remote_id,
        )
    row = _row(status, said)
    if row.action == "retry":
        return _wait(call, status, said, row, retry_after, remote_id)
    if row.action == "reconnect":
        reason = f"Ecwid does not accept the connection{_says(said)}. {row.remedy}"
        return Reconnect(reason, code=row.code, field=row.field)
    if row.action == "scope":
        return _scope_missing(call, remote_id)
    if row.action == "gone":
        return Gone(f"It no longer exists in Ecwid{_says(said)}.", code=row.code, remote_id=remote_id)
    reason = f"Ecwid refused {_what(call)} with {status}{_says(said)}. {row.remedy}"
    return Refused(reason.strip(), code=row.code, remote_id=remote_id)


def _wait(
    call: Call, status: int, said: Complaint, row: Row, retry_after: float | None, remote_id: str
) -> Retry:
    """A pause was asked for. A call that was turned away at the door is known not to have happened."""
    if row.code == "rateLimited":
        after = PAUSE if retry_after is None else retry_after
        return Retry(f"Ecwid asked to wait{_says(said)}.", after=after, code=row.code, remote_id=remote_id)
    if row.code == "blockedByEdge":
        reason = f"Something before Ecwid blocked {_what(call)} with status {status}."
        return Retry(reason, after=EDGE_BLOCK, code=row.code, remote_id=remote_id)
    return lost(
        call, f"Ecwid could not finish {_what(call)}{_says(said)}.", code=row.code, remote_id=remote_id
    )


def lost(
    call: Call, reason: str, *, after: float | None = None, remote_id: str = "", code: str = ""
) -> Retry:
    """Return what an absent or useless answer means: a read can be repeated, a write is in doubt."""
    if call.writes:
        return InDoubt(reason, after=after, remote_id=remote_id, code=code)
    return Retry(reason, after=after, remote_id=remote_id, code=code)


def _row(status: int, said: Complaint) -> Row:
    """Choose the row: the status first, then the code, then what the message says."""
    if status in (401, 429):
        return _DEFAULTS[status]
    row = TABLE.get(said.code.upper())
    if row is None:
        row = next((row for pattern, row in FAMILIES if pattern.fullmatch(said.code.upper())), None)
    if row is not None and _fits(row, status):
        return row
    if status == 403:
        return _forbidden(said)
    if status == 404 and _MISSING.search(said.message):
        return Row("gone", "gone")
    default = _DEFAULTS.get(status, Row("refused", "refused"))
    return Row(default.action, camel(said.code), default.remedy) if said.code else default


def _fits(row: Row, status: int) -> bool:
    """A code may not turn a status into something worse: deletion is believed of a 404 only, and so on."""
    allowed = {"gone": {404}, "reconnect": {403, 404}, "scope": {403}}.get(row.action)
    return allowed is None or status in allowed


def _forbidden(said: Complaint) -> Row:
    """A 403 without a known code: empty is a dead token, HTML is something in between that blocked us."""
    if said.page:
        return Row("retry", "blockedByEdge")
    if "scope" in said.message.lower() or "permission" in said.message.lower():
        return TABLE["INSUFFICIENT_APP_SCOPE"]
    if said.empty or (not said.code and "token" in said.message.lower()):
        return TABLE["INVALID_API_TOKEN"]
    return Row("refused", camel(said.code), _DEFAULTS[403].remedy) if said.code else _DEFAULTS[403]


def _scope_missing(call: Call, remote_id: str) -> Refused:
    try:
        scope = scope_for(call)
    except Refused:
        scope = ""
    return Refused(
        f"The app lacks the scope {scope or 'for this call'} ({_what(call)}). Add it to the app in Ecwid, "
        "then connect the store again.",
        code="insufficientScope",
        field=scope,
        remote_id=remote_id,
    )


def _what(call: Call) -> str:
    return f"{call.method} {call.path}"


def _says(said: Complaint) -> str:
    words = said.message or said.code
    return f" ({words.rstrip('.')})" if words else ""
