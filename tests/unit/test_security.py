"""What every answer says to browsers and to whatever stands between: errors and downloads, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from crossdock.hub.api_keys import create_key


@pytest.fixture
def program(world: Any) -> Client:
    """A program with a key of the API."""
    _, secret = create_key(world.organization, "WMS", ["shipments.read"], author="test")
    return Client(headers={"X-Crossdock-Key": secret}, raise_request_exception=False)


def test_no_answer_is_kept_or_framed_whatever_it_is(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect() -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("crossdock.api.health.newest_heartbeat", defect)
    statuses = set()
    for address in (
        "/health", "/health/web", "/metrics", "/no/such/page", "/logout", "/settings", "/password/forgotten",
        "/api/v3/openapi.json", "/api/v3/shipments", "/api/v3/shipments/0", "/api/v3/inventory",
    ):  # fmt: skip
        answer = program.get(address)
        statuses.add(answer.status_code)
        assert "private" in answer.headers["Cache-Control"], address
        assert "no-store" in answer.headers["Cache-Control"], address
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], address
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.headers["Referrer-Policy"] == "same-origin", address
    assert {200, 302, 403, 404, 405, 500} <= statuses
    large = Client().post("/login", b"", content_type="text/csv", CONTENT_LENGTH="1000000000")
    assert large.status_code == 413
    assert large.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in large.headers["Cache-Control"]


def test_static_files_may_be_kept(client: Client) -> None:
    answer = client.get("/static/portal/theme.js")
    answer.close()
    assert "public" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
