"""Lists of events at 100,000 of them: each question is answered from an index."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.hub import listing
from crossdock.hub.listing.events import RECORDS
from crossdock.hub.models import Event, Flow, Run

if TYPE_CHECKING:
    from tests.unit.conftest import World

MANY = 100_000
LONG_AGO = datetime(2025, 3, 1, 12, tzinfo=UTC)


def _fill(world: World) -> tuple[Event, Run]:
    """A hub that has seen much, with a rare event of long ago in its midst; returns that one and its run."""
    organization = world.organization
    flow, _ = Flow.objects.get_or_create(integration=world.integration, entity="orders", direction="pull")
    run = Run.objects.create(flow=flow, trigger="mark")
    rare = Event.objects.create(
        organization=organization,
        entity="locations",
        record_id=1,
        operation="sent",
        author="user:ann@shop.test",
        run=run,
        created_at=LONG_AGO,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hub_event (organization_id, entity, record_id, operation, author, reason, created_at)
            SELECT %s, (ARRAY['orders', 'inventory', 'products'])[1 + n %% 3], 1000000 + n, 'updated', %s, '',
                   %s::timestamptz + n * interval '5 minutes'
              FROM generate_series(1, %s) n
            """,
            [organization.pk, f"integration:{world.integration.key}", LONG_AGO + timedelta(days=1), MANY],
        )
        cursor.execute("ANALYZE hub_event")
    return rare, run


def _plans(read: Callable[[], object]) -> str:
    with CaptureQueriesContext(connection) as captured:
        read()
    plans = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            if "hub_event" in query["sql"]:
                cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) " + query["sql"])
                plans += [row[0] for row in cursor.fetchall()]
    return "\n".join(plans)


@pytest.mark.django_db
def test_each_question_is_answered_from_an_index(world: World) -> None:
    rare, run = _fill(world)
    order = world.order({"tea": 1})
    organization = world.organization
    newest = listing.events(organization, entities=RECORDS)
    questions: dict[str, Callable[[], listing.Page[Event]]] = {
        "newest": lambda: listing.events(organization, entities=RECORDS),
        "the page after": lambda: listing.events(organization, entities=RECORDS, cursor=newest.next_cursor),
        "kind": lambda: listing.events(organization, entity="locations"),
        "author": lambda: listing.events(organization, author=rare.author),
        "people": lambda: listing.events(organization, direction="people"),
        "told": lambda: listing.events(organization, direction="out"),
        "operation": lambda: listing.events(organization, entities=RECORDS, operation=rare.operation),
        "none of an operation": lambda: listing.events(organization, entities=RECORDS, operation="unheard"),
        "long ago": lambda: listing.events(
            organization, entities=RECORDS, until=LONG_AGO + timedelta(hours=1)
        ),
        "one day": lambda: listing.events(
            organization, since=LONG_AGO - timedelta(hours=12), until=LONG_AGO + timedelta(hours=12)
        ),
        "one day of a kind": lambda: listing.events(
            organization,
            entity="orders",
            since=LONG_AGO + timedelta(days=30),
            until=LONG_AGO + timedelta(days=31),
        ),
        "to come": lambda: listing.events(organization, since=LONG_AGO + timedelta(days=900)),
        "run": lambda: listing.events(organization, run=run),
        "record": lambda: listing.events(organization, entity="locations", record_id=1),
        "search": lambda: listing.events(organization, search=order.ext_order_id),
    }
    for name, ask in questions.items():
        plan = _plans(ask)
        assert "Seq Scan on hub_event" not in plan, f"{name}: {plan}"
        thrown_away = sum(int(number) for number in re.findall(r"Rows Removed by Filter: (\d+)", plan))
        assert thrown_away < 1000, f"{name}: {plan}"
    for name in ("kind", "author", "people", "told", "operation", "long ago", "one day", "run", "record"):
        assert questions[name]().rows == [rare], name
    assert {rare.author, f"integration:{world.integration.key}"} <= set(listing.authors(organization))
