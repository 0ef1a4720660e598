"""An import in the foreground: Ctrl-C pauses it between two pages, and a worker's import is followed."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crossdock.hub.models import Flow, Import, Integration

if TYPE_CHECKING:
    from conftest import Run, RunJson, World
    from crossdock.flows.observer import Observer

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def backfill(world: World) -> Import:
    """An import that has begun, of a store: a warehouse has no history to import."""
    Integration.objects.filter(pk=world.integration.pk).update(connector="ecwid")
    flow = Flow.objects.create(integration=world.integration, entity="orders", direction="pull", enabled=True)
    return Import.objects.create(flow=flow, since=SINCE, total=300)


def test_the_first_ctrl_c_pauses_after_the_page(
    backfill: Import, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(started: Import, *, observer: Observer) -> Import:
        for page in range(1, 4):
            Import.objects.filter(pk=started.pk).update(read=page * 100)
            if page == 2:
                signal.raise_signal(signal.SIGINT)
            observer.progress("import orders", page * 100, 300)
            started.refresh_from_db()
            if started.state == Import.State.PAUSED:
                return started
        pytest.fail("it went on to the last page")

    monkeypatch.setattr("crossdock.flows.importing.run_import", pages)
    before = signal.getsignal(signal.SIGINT)
    result = run("import", "Shop", "orders")
    backfill.refresh_from_db()
    assert (backfill.state, backfill.read, result.exit_code) == (Import.State.PAUSED, 200, 130)
    assert f"crossdock import {backfill.flow.integration.key} orders" in result.stderr
    assert signal.getsignal(signal.SIGINT) is before


def test_an_import_that_a_worker_runs_is_followed(
    backfill: Import, run_json: RunJson, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def busy_once(started: Import, *, observer: Observer) -> Import:
        asked.append(1)
        state = (
            {"message": "Another run of this flow is going on."}
            if len(asked) == 1
            else {"state": "completed"}
        )
        Import.objects.filter(pk=started.pk).update(read=300, **state)
        return started

    monkeypatch.setattr("crossdock.flows.importing.run_import", busy_once)
    assert run_json("import", "Shop", "orders", "--since", "2026-01-01")["state"] == "completed"
    assert len(asked) == 2


def test_another_start_waits_for_the_unfinished_one(backfill: Import, run: Run) -> None:
    result = run("import", "Shop", "orders", "--since", "2025-01-01")
    assert result.exit_code == 2
    assert "2026-01-01" in result.stderr


def test_an_import_that_stopped_says_why_and_how_to_go_on(
    backfill: Import, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(started: Import, *, observer: Observer) -> Import:
        Import.objects.filter(pk=started.pk).update(message="The store is down.")
        return started

    monkeypatch.setattr("crossdock.flows.importing.run_import", stopped)
    result = run("import", "Shop", "orders")
    assert result.exit_code == 1
    assert "The store is down. Go on with: crossdock import" in result.stderr
