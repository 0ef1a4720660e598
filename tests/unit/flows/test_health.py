"""How flows are said to be doing: how far each is behind, and the same figures for many integrations as for one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crossdock.flows.health import (
    FlowHealth,
    flow_health,
    health_of_many,
    is_late,
    lag_of,
    request_budgets,
    worst_of,
)
from crossdock.flows.runs import REHEARSAL
from crossdock.hub.models import ExceptionCase, Flow, Integration, Mark, Organization, Run

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def before(seconds: float) -> datetime:
    """A moment that many seconds ago."""
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("direction", "success", "mark", "lag"),
    [
        pytest.param(
            "push", before(400_000), None, 0, id="a push with nothing to carry is behind by nothing"
        ),
        pytest.param("push", before(400_000), before(30), 30, id="a push is behind by its oldest mark"),
        pytest.param("push", before(5), before(900), 900, id="a success that left a mark did not carry it"),
        pytest.param("push", None, before(60), 60, id="a push that never ran may have something to carry"),
        pytest.param("push", None, None, None, id="what never ran is not known to be up to date"),
        pytest.param("pull", before(90), None, 90, id="a pull is behind by the time that it has not looked"),
        pytest.param("pull", before(90), before(20), 90, id="a new hint does not make a pull fresher"),
        pytest.param(
            "pull", before(90), before(700), 700, id="a pull is behind by what it looked for in vain"
        ),
        pytest.param("pull", None, before(20), None, id="before the first pull nobody knows"),
        pytest.param("pull", before(-3), None, 0, id="clocks differ, but nothing is ahead"),
    ],
)
def test_how_far_a_flow_is_behind(
    direction: str, success: datetime | None, mark: datetime | None, lag: float | None
) -> None:
    assert lag_of(direction, NOW, success, mark) == lag


def store(organization: Organization, number: int) -> Integration:
    """An integration with four flows, of which the stock push has figures of its own."""
    one = Integration.objects.create(
        organization=organization,
        connector="ecwid",
        name=f"Store {number}",
        state="connected",
        account_id=str(number),
        settings={"callsPerMinute": 10 + number},
    )
    for entity, direction in (
        ("fulfillments", "push"), ("inventory", "push"), ("orders", "pull"), ("locations", "pull"),
    ):  # fmt: skip
        Flow.objects.create(
            integration=one, entity=entity, direction=direction, enabled=True,
            last_success_at=None if entity == "locations" and number % 2 else before(3600),
        )  # fmt: skip
    stock = Flow.objects.get(integration=one, entity="inventory")
    for age in (100 * number, 10 * number):
        mark = Mark.objects.create(flow=stock, key=f"SKU-{age}", reason="sold")
        Mark.objects.filter(pk=mark.pk).update(marked_at=before(age))
    for trigger, written in (("mark", number), ("mark", 1), (REHEARSAL, 500)):
        run = Run.objects.create(flow=stock, trigger=trigger, written=written, created=2, remote_calls=3)
        Run.objects.filter(pk=run.pk).update(created_at=before(60))
    ExceptionCase.objects.create(
        organization=organization, integration=one, flow=stock, code="refused", entity="inventory",
        subject=f"inventory:{number}", message="Refused.",
    )  # fmt: skip
    return one


@pytest.mark.django_db
def test_many_integrations_cost_as_many_queries_as_one() -> None:
    organization = Organization.objects.create(name="Shop")
    stores = [store(organization, number) for number in range(1, 8)]
    with time_machine.travel(NOW, tick=False):
        with CaptureQueriesContext(connection) as one:
            alone = {integration.pk: flow_health(integration) for integration in stores[:1]}
        with CaptureQueriesContext(connection) as many:
            together = health_of_many(stores)
        alone = {integration.pk: flow_health(integration) for integration in stores}
    assert len(many) == len(one) <= 5
    assert together == alone
    for number, integration in enumerate(stores, start=1):
        rows = {row.entity: row for row in together[integration.pk]}
        assert list(rows) == ["locations", "orders", "fulfillments", "inventory"]
        stock = rows["inventory"]
        assert (stock.lag_seconds, stock.backlog, stock.exceptions) == (100 * number, 2, 1)
        assert (stock.written, stock.records, stock.remote_calls) == (number + 1, 4, 6)
        assert stock.last_run is not None
        assert stock.last_run.trigger == "mark"
        assert rows["fulfillments"].lag_seconds == 0
        assert rows["fulfillments"].last_run is None
        assert bool(rows["orders"].obstacle) == bool(number % 2)
    assert together.keys() == {integration.pk for integration in stores}


@pytest.mark.django_db
def test_the_budgets_of_many_are_read_at_once() -> None:
    organization = Organization.objects.create(name="Shop")
    stores = [store(organization, number) for number in range(1, 4)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_budgetsecond (integration_id, second, calls) "
            "VALUES (%s, floor(extract(epoch FROM clock_timestamp()))::bigint - 1, 5)",
            [stores[1].pk],
        )
    with CaptureQueriesContext(connection) as queries:
        budgets = request_budgets(stores)
    assert len(queries) == 1
    assert [(budgets[one.pk].used, budgets[one.pk].limit) for one in stores] == [(0, 11), (5, 12), (0, 13)]
    assert request_budgets([]) == {}
    assert health_of_many([]) == {}


def row(**given: object) -> FlowHealth:
    """The health of a flow that is on and does well, but for what is given."""
    usual: dict[str, object] = {
        "flow": Flow(entity="orders", direction="pull"), "entity": "orders", "direction": "pull", "enabled": True,
        "obstacle": "", "lag_seconds": 20.0, "backlog": 0, "last_success_at": before(20), "last_run": None,
        "records": 0, "written": 0, "remote_calls": 0, "least_calls": 0, "exceptions": 0,
    }  # fmt: skip
    return FlowHealth(**(usual | given))  # type: ignore[arg-type]  # named by each test


def test_an_integration_stands_as_its_worst_flow_does() -> None:
    fine, slow = row(), row(lag_seconds=80_000.0)
    fresh = row(lag_seconds=None, last_success_at=None)
    refused = row(flow=Flow(paused_reason="Refused."))
    defect = row(last_run=Run(outcome="failed"))
    assert worst_of([]) is None
    assert worst_of([row(enabled=False, lag_seconds=None)]) is None
    assert worst_of([fine, slow]) is slow
    assert worst_of([slow, fresh, fine]) is fresh
    for troubled in (refused, defect, row(obstacle="Orders wait.")):
        assert worst_of([fine, slow, fresh, troubled]) is troubled, "however lately it still went well"
    assert not row(last_run=Run(outcome="failed", backfill_id=1)).troubled
    assert not row(last_run=Run(outcome="completed")).troubled


@pytest.mark.parametrize(
    ("entity", "seconds", "given", "late"),
    [
        ("orders", 181, {}, True),
        ("orders", 179, {}, False),
        ("products", 899, {}, False),
        ("products", 901, {}, True),
        ("orders", 4000, {"enabled_at": before(100)}, False),
        ("orders", 4000, {"integration": Integration(state="connected", connected_at=before(9))}, False),
        ("orders", 4000, {"paused_reason": "Ecwid answered 500."}, False),
        ("orders", 4000, {"enabled": False}, False),
        ("orders", 4000, {"direction": "push"}, False),
        ("orders", 4000, {"last_success_at": None}, False),
    ],
)
def test_a_pull_is_late_when_nothing_came_through_for_three_polls(
    entity: str, seconds: int, given: dict[str, Any], late: bool
) -> None:
    usual = {
        "integration": Integration(state="connected"), "entity": entity, "direction": "pull", "enabled": True,
        "last_success_at": before(seconds),
    }  # fmt: skip
    flow = Flow(**{**usual, **given})
    assert is_late(flow, NOW) is late
    flow.integration.state = "error"
    assert not is_late(flow, NOW)
