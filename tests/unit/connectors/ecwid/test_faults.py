"""Every error body that is documented, sorted into what to do next."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from crossdock.connectors.ecwid import faults
from crossdock.connectors.ecwid.routes import Call
from crossdock.connectors.errors import ConnectorError, Gone, InDoubt, Reconnect, Refused, Retry

READ = Call(method="GET", path="/products/1")
WRITE = Call(method="PUT", path="/products/1", body={})

DOCUMENTED = """
WRONG_PARAMETER 400, INCORRECT_IMAGE_SIZE 400, LANGUAGES_NOT_ALLOWED 400,
MULTILINGUAL_STORE_FEATURE_NOT_ACTIVE 400, NOT_AVAILABLE_ON_CURRENT_PLAN 402, STORE_IS_SUSPENDED 402,
INSUFFICIENT_APP_SCOPE 403, INVALID_API_TOKEN 403, STORE_NOT_FOUND 404, PROFILE_NOT_FOUND 404,
ORDER_NOT_FOUND 404, CHECKOUT_NOT_FOUND 404, METHOD_NOT_ALLOWED 405, TIMEOUT 408, EXTERNAL_ID_ALREADY_USED
409, CONSTRAINT_VIOLATION 409, WRONG_URL 422, RATE_LIMITED 429, INTERNAL_ERROR 500,
MAX_PRODUCTS_FOR_API_REQUEST_LIMIT_EXCEEDED 402, MAX_CATEGORIES_FOR_API_REQUEST_LIMIT_EXCEEDED 402,
COMBINATION_LIMIT_PER_REQUEST_EXCEEDED 400, PRODUCT_NOT_FOUND 404, COMBINATION_NOT_FOUND 404,
CATEGORIES_NOT_FOUND 404, SKU_ALREADY_EXISTS 409, COST_PRICE_CANT_BE_NEGATIVE 400,
WHOLESALE_PRICES_CANT_BE_NULL 400, WHOLESALE_PRICES_CANT_BE_NEGATIVE 400, WHOLESALE_PRICES_TOO_BIG 400,
WHOLESALE_PRICES_QUANTITY_TOO_SMALL 400, WHOLESALE_PRICES_TOO_BIG 409, OPTIONS_IS_NOT_FILES_TYPE 400,
OPTIONS_IS_NOT_FILES_TYPE 409, DIFFERENT_COMBINATION_STOCK 400, DIFFERENT_COMBINATION_DIMENSIONS 400,
COMBINATION_CONTAINS_REMOVED_OPTION 409, COMBINATION_CONTAINS_REMOVED_OPTION_VALUE 409,
COMBINATION_DUPLICATED 409, NOT_ALLOWED_TO_UPDATE_EXTERNAL_CATEGORIES 409, NOT_ALLOWED_TO_UPDATE_PARAMETER
409, NOT_VIDEO_URL 422, VIDEO_NOT_SUPPORTED 422, VIDEO_UNAVAILABLE 422, CLEAN_URLS_PARAMETER_IS_INVALID
400, MAX_PROMOTIONS_LIMIT_EXCEEDED 402, ADVANCED_DISCOUNTS_FEATURE_NOT_AVAILABLE 403,
DISCOUNTS_FEATURE_NOT_AVAILABLE 403, SHIPPING_DISCOUNTS_FEATURE_NOT_AVAILABLE 403,
CUSTOMER_GROUPS_FEATURE_NOT_AVAILABLE 403, PRODUCT_REVIEWS_FEATURE_NOT_AVAILABLE 403, PROMOTION_NOT_FOUND
404, DISCOUNT_COUPON_NOT_FOUND 404, PRODUCT_REVIEW_NOT_FOUND 404, READ_ONLY_PROMOTION_FIELD_CHANGE 422,
SHIPPING_OPTION_TITLE_REQUIRED 400, SHIPPING_CARRIER_NAME_REQUIRED 400, SHIPPING_TYPE_CARRIER_REQUIRED
400, SHIPPING_BAD_TITLE_LENGTH 400, PAYMENT_OPTION_TITLE_REQUIRED 400, PAYMENT_GATEWAY_NAME_REQUIRED 400,
PAYMENT_GATEWAY_NAME_UNKNOWN 400, PAYMENT_GATEWAY_MISSING_SETTINGS 400, PAYMENT_OPTION_BAD_TITLE_LENGTH
400, SHIPPING_NOT_FOUND 404, SHIPPING_OPTION_ADDRESS_MISMATCH 409, PAYMENT_GATEWAY_IS_ALREADY_ADDED 409,
SLUG_PARAMETER_NOT_FOUND 400, SLUG_PARAMETER_EMPTY 400, CHARGE_REFUSED 400, CHARGE_LIMIT 402, DOMAIN_TAKEN
409, WRONG_DOMAIN_NAME 400
"""
CODES = [(code, int(status)) for code, status in re.findall(r"([A-Z_]+)\s(\d{3})", DOCUMENTED)]

GONE = {"ORDER_NOT_FOUND", "PRODUCT_NOT_FOUND", "COMBINATION_NOT_FOUND"}
RECONNECT = {"INVALID_API_TOKEN", "STORE_NOT_FOUND", "PROFILE_NOT_FOUND"}
RETRY = {"TIMEOUT", "RATE_LIMITED", "INTERNAL_ERROR"}


def body(code: str = "", message: str = "") -> bytes:
    said = {"errorCode": code, "errorMessage": message}
    return json.dumps({key: value for key, value in said.items() if value}).encode()


def expected(code: str) -> type[ConnectorError]:
    for kind, codes in ((Gone, GONE), (Reconnect, RECONNECT), (Retry, RETRY)):
        if code in codes:
            return kind
    return Refused


@pytest.mark.parametrize(("code", "status"), CODES)
def test_every_documented_code_has_its_row(code: str, status: int) -> None:
    assert code in faults.TABLE or any(pattern.fullmatch(code) for pattern, _ in faults.FAMILIES)
    error = faults.sort(READ, status, body(code, "As it is"))
    assert type(error) is expected(code)
    assert "As it is" in error.reason or code == "INSUFFICIENT_APP_SCOPE"


def test_the_table_holds_no_code_that_no_source_names() -> None:
    assert set(faults.TABLE) <= {code for code, _ in CODES}


def test_refusals_have_stable_codes_of_their_own() -> None:
    codes = [
        faults.sort(WRITE, status, body(code)).code for code, status in CODES if expected(code) is Refused
    ]
    assert "skuAlreadyExists" in codes
    assert "notAllowedToUpdateParameter" in codes
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", code) for code in codes)


def test_the_sample_bodies_are_all_sorted(sample: Callable[[str], bytes]) -> None:
    for one in json.loads(sample("composed/errors/error_bodies.json")):
        error = faults.sort(READ, one["httpStatus"], json.dumps(one["body"]).encode())
        assert type(error) is expected(one["body"]["errorCode"]), one


def test_a_missing_scope_is_named_and_keeps_the_token() -> None:
    error = faults.sort(WRITE, 403, body("INSUFFICIENT_APP_SCOPE"))
    assert isinstance(error, Refused)
    assert (error.code, error.field) == ("insufficientScope", "update_catalog")
    assert "update_catalog" in error.reason


@pytest.mark.parametrize(
    ("status", "content", "kind", "code"),
    [
        (403, b"", Reconnect, "needsReconnect"),
        (403, b" \n", Reconnect, "needsReconnect"),
        (401, b"", Reconnect, "needsReconnect"),
        (401, b"<html>Unauthorized</html>", Reconnect, "needsReconnect"),
        (403, body(message="The token is not valid"), Reconnect, "needsReconnect"),
        (403, b"<html>Blocked</html>", Retry, "blockedByEdge"),
        (403, body("SOMETHING_NEW"), Refused, "somethingNew"),
        (404, body(message="Order #12 not found"), Gone, "gone"),
        (404, b"<html>Not Found</html>", Refused, "notFound"),
        (404, b"", Refused, "notFound"),
        (404, body("SOMETHING_NEW"), Refused, "somethingNew"),
        (
            400,
            body(message="Status QUEUED is deprecated, use AWAITING_PAYMENT instead."),
            Refused,
            "badRequest",
        ),
        (409, body("PRODUCT_NOT_FOUND"), Refused, "productNotFound"),  # a deletion is believed of a 404 only
        (400, b'{"error_message":"Can\'t create batch."}', Refused, "badRequest"),
        (418, b"{}", Refused, "refused"),
        (429, b"", Retry, "rateLimited"),
        (503, b"<html>", Retry, "remoteUnavailable"),
        (302, b"", Retry, "remoteUnavailable"),
        (500, body("PRODUCT_NOT_FOUND"), Retry, "remoteUnavailable"),
    ],
)
def test_odd_bodies(status: int, content: bytes, kind: type[ConnectorError], code: str) -> None:
    error = faults.sort(READ, status, content)
    assert type(error) is kind
    assert error.code == code


def test_the_reason_phrase_counts_where_the_body_is_silent() -> None:
    error = faults.sort(READ, 404, b"", reason_phrase="Product #7 not found")
    assert isinstance(error, Gone)
    assert "Product #7 not found" in error.reason


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 302])
def test_a_write_without_a_clear_answer_is_in_doubt(status: int) -> None:
    assert isinstance(faults.sort(WRITE, status, b""), InDoubt)
    assert not isinstance(faults.sort(READ, status, b""), InDoubt)


def test_a_write_turned_away_by_the_rate_limit_did_not_happen() -> None:
    error = faults.sort(WRITE, 429, body("RATE_LIMITED"), retry_after=7)
    assert type(error) is Retry
    assert error.after == 7


def test_a_pause_without_a_length_is_ten_seconds() -> None:
    error = faults.sort(READ, 429, b"")
    assert isinstance(error, Retry)
    assert error.after == faults.PAUSE


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"errorCode":5}']
)
@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_no_body_makes_the_sorting_fail(status: int, content: bytes) -> None:
    assert isinstance(faults.sort(READ, status, content), ConnectorError)
