"""Without a worker nothing moves, and every page says so instead of looking healthy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags
from tests.unit.portal.reading import text_of

from crossdock.hub.models import ExceptionCase, Integration, Order

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PAGES = ("/", "/orders", "/settings", "/inventory")


def beat(at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [at])


def words(browser: Client, where: str) -> str:
    return " ".join(strip_tags(text_of(browser.get(where))).split())


@pytest.mark.parametrize("where", PAGES)
def test_every_page_says_that_no_worker_lives(where: str, browser: Client, shop: Any) -> None:
    ExceptionCase.objects.all().delete()
    Order.objects.filter(status=Order.Status.REVIEW_REQUIRED).update(status=Order.Status.READY)
    with time_machine.travel(NOW, tick=False):
        browser.force_login(shop.user)
        never = words(browser, where)
        beat(NOW - timedelta(minutes=5))
        silent = words(browser, where)
        beat(NOW - timedelta(seconds=3))
        lives = words(browser, where)
    assert "no worker is running None has reported yet." in never
    assert "no worker is running The last one reported 5 min ago." in silent
    assert silent.count("no worker is running") == 1
    assert "Nothing needs you" not in silent
    assert "no worker is running" not in lives
    assert ("Nothing needs you" in lives) == (where == "/")


def test_a_hub_that_has_nothing_to_carry_needs_no_worker(browser: Client, shop: Any) -> None:
    Integration.objects.update(state="removed")
    assert "no worker is running" not in words(browser, "/orders")
