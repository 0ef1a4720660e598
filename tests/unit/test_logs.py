from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from crossdock import logs

TOKEN = "secret_AbCdEf0123456789"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"GET /api/v3/1003/profile?token={TOKEN}&x=1", "GET /api/v3/1003/profile?token=[hidden]&x=1"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer [hidden]"),
        ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [hidden]"),
        ("client_secret=abc123&code=xyz", "client_secret=[hidden]&code=[hidden]"),
        ("/callback?code=4hUpdq&state=1", "/callback?code=[hidden]&state=1"),
        (
            '{"access_token": "secret_1234567890", "store_id": 1003}',
            '{"access_token": "[hidden]", "store_id": 1003}',
        ),
        ("public_qwertyuiopasdf rejected", "public_[hidden] rejected"),
        ("{'password': 'pass word'}", "{'password': '[hidden] word'}"),
        ("postgresql://shop:s3cr3t@db:5432/crossdock", "postgresql://shop:[hidden]@db:5432/crossdock"),
        ("Bad Request: /invitation/Q2x-ab_c", "Bad Request: /invitation/[hidden]"),
        ("Not Found: /account/email/eyJ1c2VyIjo:1tQ:4-x", "Not Found: /account/email/[hidden]"),
        ("/login?next=/password/new/MQ/c8x-4f1?x=1", "/login?next=/password/new/MQ/[hidden]?x=1"),
        ("Bad Request: /password/new/MQ/now", "Bad Request: /password/new/MQ/now"),
        ("the token is missing", "the token is missing"),
        ("the public_addresses and the secret_key", "the public_addresses and the secret_key"),
        ("order 1042 at https://hub.example.com/orders", "order 1042 at https://hub.example.com/orders"),
    ],
)
def test_secrets_are_taken_out_of_text(text: str, left: str) -> None:
    assert logs.redacted(text) == left
    assert logs.redacted(left) == left


def test_secrets_are_taken_out_of_values_however_deep() -> None:
    event = {
        "event": "call",
        "headers": {"Authorization": "Bearer abc.def.ghi", "Accept": "application/json"},
        "body": [{"token": "abc", "count": 3}, f"seen {TOKEN}".encode()],
        "client_secret": "xyz",
        "token": None,
        "error": ValueError(f"bad {TOKEN}"),
    }

    assert logs.redact_event(None, "info", event) == {
        "event": "call",
        "headers": {"Authorization": "[hidden]", "Accept": "application/json"},
        "body": [{"token": "[hidden]", "count": 3}, "seen secret_[hidden]"],
        "client_secret": "[hidden]",
        "token": None,
        "error": "bad secret_[hidden]",
    }


def test_our_own_and_a_librarys_lines_come_out_as_json_without_secrets() -> None:
    out = io.StringIO()
    logs.configure("info", "json", out)

    logs.get_logger("ours").info("connected", store="1003", token=TOKEN)
    logging.getLogger("library").warning("retry %s", f"/x?token={TOKEN}")
    logs.get_logger("ours").debug("not at this level")

    ours, library = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (ours["event"], ours["store"], ours["token"], ours["level"]) == (
        "connected",
        "1003",
        "[hidden]",
        "info",
    )
    assert (library["event"], library["logger"]) == ("retry /x?token=[hidden]", "library")


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_no_secret(style: str) -> None:
    out = io.StringIO()
    logs.configure("info", style, out)

    try:
        raise RuntimeError(f"refused {TOKEN}")
    except RuntimeError:
        logs.get_logger("ours").exception("failed")

    assert "RuntimeError" in out.getvalue()
    assert "secret_[hidden]" in out.getvalue()
    assert TOKEN not in out.getvalue()


def test_console_lines_are_for_reading() -> None:
    out = io.StringIO()
    logs.configure("info", "console", out)

    logs.get_logger("ours").info("connected", store="1003")

    assert "connected" in out.getvalue()
    assert "store=1003" in out.getvalue()
