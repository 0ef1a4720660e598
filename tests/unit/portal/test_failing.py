"""What a page says when it fails."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from tests.unit.portal.reading import text_of


def refuse(error: Exception, cause: Exception | None) -> Any:
    def query(*_: object, **__: object) -> None:
        raise error from cause

    return query


@pytest.mark.parametrize(
    ("error", "cause", "status", "says"),
    [
        (OperationalError("no connection"), psycopg.OperationalError(), 503, "looks again every few seconds"),
        (OperationalError("stops"), psycopg.errors.AdminShutdown(), 503, "The database does not answer"),
        (OperationalError("slow"), psycopg.errors.QueryCanceled(), 500, "a fault of Crossdock"),
        (ZeroDivisionError(), None, 500, "a fault of Crossdock"),
    ],
)
def test_a_database_that_is_away_is_no_fault_of_ours(
    browser: Client, shop: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, cause: Exception | None,
    status: int, says: str,
) -> None:  # fmt: skip
    browser.raise_request_exception = False
    monkeypatch.setattr("crossdock.portal.access.visit_of", refuse(error, cause))
    answer = browser.get("/orders")
    assert answer.status_code == status
    assert says in text_of(answer)
    if status == 503:
        sent = text_of(browser.post("/settings", {"name": "x"}))
        assert "What you sent may not have been done" in sent
        assert 'http-equiv="refresh"' not in sent
