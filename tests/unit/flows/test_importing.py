"""An import that cannot get on says so, whatever its flow does meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from scripted_store import NOON, ScriptedStore

from crossdock.connectors.contract import Page, Window
from crossdock.connectors.errors import Refused, Retry
from crossdock.flows import connecting, importing, integration_state, jobs, switches
from crossdock.flows.failures import BACKOFF, DEFECT
from crossdock.flows.runs import POLL_AFTER, run_flow
from crossdock.hub.clock import system_clock
from crossdock.hub.marks import leave_marks
from crossdock.hub.models import ExceptionCase, Flow, Import, Integration, Order, Run


class History:
    """A store whose history fails to be read with `error`, while what changes is read as ever."""

    def __init__(self, world: Any, store: ScriptedStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.error: Exception | None = Retry("the store answers 500", code="remoteUnavailable")
        self.store = store
        whole = store.orders.page

        def page(window: Window, offset: int) -> Page:
            if window.field == "created" and self.error is not None:
                raise self.error
            return whole(window, offset)

        monkeypatch.setattr(store.orders, "page", page)
        added = connecting.add_integration(world.organization, "scripted", author="test")
        self.integration: Integration = connecting.connect_with_credentials(added, {}, author="test")
        switches.set_flows(self.integration, {"orders": "pull"}, author="test", now=system_clock())
        Flow.objects.filter(integration=self.integration).update(
            last_success_at=system_clock(), start_from=None
        )
        store.orders.put("1")
        self.backfill: Import = importing.start_import(
            self.integration, "orders", since=NOON - timedelta(days=1), author="test"
        )

    @property
    def flow(self) -> Flow:
        """The flow that pulls orders, as it is stored."""
        return Flow.objects.get(integration=self.integration, entity="orders")

    def go_on(self, times: int = 1) -> None:
        """Run the import, and after each time the flow beside it, which gets through."""
        for _ in range(times):
            importing.run_import(self.backfill)
            assert run_flow(self.flow, trigger="test").outcome == "completed"

    def open(self) -> list[tuple[str, str]]:
        """The open exceptions, each with what it is about."""
        cases = ExceptionCase.objects.filter(status="active").order_by("pk")
        return list(cases.values_list("code", "subject"))


@pytest.fixture
def history(world: Any, monkeypatch: pytest.MonkeyPatch) -> History:
    """An import that fails."""
    store = ScriptedStore()
    monkeypatch.setattr("crossdock.connectors.offered", lambda: (store,))
    return History(world, store, monkeypatch)


def test_an_import_that_fails_again_and_again_says_so_until_it_gets_on(history: History) -> None:
    about = f"import:{history.backfill.key}"
    history.go_on(len(BACKOFF) - 1)
    assert history.open() == []
    history.go_on()
    assert history.open() == [("remoteUnavailable", about)]
    assert ExceptionCase.objects.get().message == (
        f"The import of older orders has failed {len(BACKOFF)} times in a row: the store answers 500 "
        "It goes on trying by itself."
    )
    assert (history.flow.failures, history.flow.paused_reason, history.flow.not_before) == (0, "", None)
    history.backfill.refresh_from_db()
    assert "answers 500" in history.backfill.message
    history.error = None
    importing.run_import(history.backfill)
    assert history.open() == []
    assert (history.backfill.state, history.backfill.message) == ("completed", "")
    assert Order.objects.filter(ext_order_api_id="1").exists()


def test_an_import_that_fails_is_left_alone_for_longer_and_longer(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is down is not asked with every sweep, and its exception is no news each time."""
    queued: list[Import] = []
    monkeypatch.setattr(jobs, "queue_import", queued.append)
    for rest in (5, 15, 60, 300, 300):
        importing.run_import(history.backfill)
        ended = Run.objects.filter(backfill=history.backfill).latest("pk").finished_at
        assert ended is not None
        for seconds, due in ((rest - 1, []), (rest, [history.backfill])):
            queued.clear()
            with time_machine.travel(ended + timedelta(seconds=seconds), tick=False):
                jobs.sweep()
            assert queued == due, (rest, seconds)
    importing.pause_import(history.backfill)
    assert importing.resume_import(history.backfill)
    history.error = None
    assert importing.run_import(history.backfill).state == "completed"


def test_a_refused_import_holds_nothing_else_up(history: History) -> None:
    history.error = Refused("too long ago", code="wrongParameter")
    history.go_on()
    assert history.open() == [("wrongParameter", f"import:{history.backfill.key}")]
    assert (history.flow.paused_reason, history.flow.not_before) == ("", None)
    importing.pause_import(history.backfill)
    assert history.open() == []


def test_a_defect_is_told_where_the_import_is_looked_at(history: History) -> None:
    history.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        importing.run_import(history.backfill)
    history.backfill.refresh_from_db()
    assert history.backfill.message == DEFECT
    assert history.open() == [("defect", f"import:{history.backfill.key}")]


@pytest.mark.parametrize("stop", ["off", "disabled", "removed"])
def test_what_does_not_run_any_more_is_not_said_to_go_on_trying(history: History, stop: str) -> None:
    history.go_on(len(BACKOFF))
    history.store.orders.newest_change = lambda: (_ for _ in ()).throw(Refused("no"))
    run_flow(history.flow, trigger="test")
    assert len(history.open()) == 2
    if stop == "off":
        switches.set_flows(history.integration, {"orders": "disabled"}, author="test", now=system_clock())
    else:
        getattr(integration_state, stop.removesuffix("d"))(history.integration, "test")
    assert history.open() == []


def test_a_run_that_reads_none_of_its_marks_is_no_success(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_flow(history.flow, trigger="test").outcome == "completed"
    before = history.flow.last_success_at
    outage = Retry("the store answers 500", after=60)
    with monkeypatch.context() as store:
        store.setattr(history.store.orders, "by_id", lambda ids: dict.fromkeys(ids, outage))
        leave_marks(history.flow, ["1"], "a hint")
        report = run_flow(history.flow, trigger="mark")
    assert (report.outcome, report.message) == ("failed", "the store answers 500")
    assert report.again_after == POLL_AFTER
    assert history.flow.last_success_at == before
    assert history.flow.marks.get().not_before is not None
    assert run_flow(history.flow, trigger="mark").outcome == "completed"
    assert history.flow.last_success_at != before
