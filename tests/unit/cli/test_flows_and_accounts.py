"""Integrations, flows, sync and import by command; the outside system is replaced, the database is real."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit
from crossdock.connectors.contract import Account, Change
from crossdock.connectors.errors import Reconnect, Refused
from crossdock.flows import connecting, importing, runs, switches
from crossdock.flows.sync import SyncReport
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Import, Integration

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run, RunJson
    from tests.unit.conftest import World

TOKEN = "secret_abcdefghijklmnopqrstuvwx"


@pytest.fixture
def store(world: World) -> Integration:
    """A connected Ecwid store with its flows off."""
    integration = Integration.objects.create(
        organization=world.organization,
        connector="ecwid",
        name="Ecwid: Tea",
        state="connected",
        account_id="1003",
    )
    switches.create_flows(integration)
    return integration


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the store answers to a probe: an account, or an error to raise; and what it was asked with."""
    said: dict[str, object] = {"probe": Account(account_id="1003", name="Tea", currency="EUR")}

    def probed(_integration: Integration, _connector: object, credentials: Mapping[str, str]) -> Account:
        said["credentials"] = dict(credentials)
        if isinstance(said["probe"], Exception):
            raise said["probe"]
        assert isinstance(said["probe"], Account)
        return said["probe"]

    monkeypatch.setattr(connecting, "_probed", probed)
    return said


# -- integrations


def test_an_account_is_added_with_its_token(
    run_json: RunJson, world: World, answers: dict[str, object]
) -> None:
    made = run_json("integrations", "add", "ecwid", "--store-id", "1003", "--token", TOKEN)
    integration = Integration.objects.get(connector="ecwid")
    assert made["integrationId"] == integration.key
    assert (made["status"], made["extAccountId"], made["name"]) == ("connected", "1003", "Ecwid: Tea")
    assert answers["credentials"] == {"store_id": "1003", "token": TOKEN}
    assert {(row["entity"], row["enabled"]) for row in made["flows"]} >= {
        ("locations", True),
        ("orders", False),
    }


def test_a_token_from_standard_input_is_never_printed(
    run: Run, world: World, answers: dict[str, object]
) -> None:
    arguments = ("integrations", "add", "ecwid", "--store-id", "1003", "--name", "Tea house", "--token-stdin")
    result = run(*arguments, typed=f"{TOKEN}\n")
    assert result.exit_code == 0, result.output
    assert TOKEN not in result.output
    assert Integration.objects.get(name="Tea house").state == "connected"
    assert TOKEN not in run("integrations", "show", "Tea house", "--json").output


@pytest.mark.parametrize(
    "error", [Refused("The token is wrong.", field="token"), Reconnect("The token is dead.")]
)
def test_an_account_that_refuses_leaves_nothing_behind(
    run: Run, world: World, answers: dict[str, object], error: Exception
) -> None:
    answers["probe"] = error
    result = run("integrations", "add", "ecwid", "--store-id", "1003", "--token", TOKEN)
    assert result.exit_code == Exit.REMOTE
    assert "The token is" in result.stderr
    assert result.stdout == ""
    assert not Integration.objects.filter(connector="ecwid").exclude(state="removed").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("ecwid", "--token", TOKEN), "--store-id"),
        (("ecwid", "--store-id", "1003", "--token", TOKEN, "--token-stdin"), "not several"),
        (("shopify",), "shopify"),
        ((), ""),
    ],
)
def test_an_account_that_is_half_named_is_refused(
    run: Run, world: World, answers: dict[str, object], arguments: tuple[str, ...], part: str
) -> None:
    result = run("integrations", "add", *arguments, typed="x\n")
    assert result.exit_code == Exit.USAGE
    assert part in result.output
    assert not Integration.objects.filter(connector="ecwid").exists()


def test_without_a_token_the_page_to_open_is_printed(run: Run, run_json: RunJson, world: World) -> None:
    made = run_json("integrations", "add", "ecwid")
    assert made["authorizeUrl"].startswith("http://127.0.0.1:8017/connect/")
    assert made["status"] == "connecting"
    assert made["integrationId"] in run("integrations", "list").stdout


def test_the_same_account_is_not_connected_twice(
    run: Run, store: Integration, answers: dict[str, object]
) -> None:
    result = run("integrations", "add", "ecwid", "--store-id", "1003", "--token", TOKEN)
    assert result.exit_code == Exit.ATTENTION
    assert "already" in result.stderr


def test_disable_enable_and_remove(run: Run, run_json: RunJson, store: Integration) -> None:
    assert run_json("integrations", "disable", store.key)["status"] == "disabled"
    assert run("sync", store.key).exit_code == Exit.ATTENTION
    run_json("integrations", "enable", store.key)
    assert run("integrations", "enable", store.key).exit_code == Exit.ATTENTION
    assert run("integrations", "remove", store.key, typed="n\n").exit_code == Exit.ATTENTION
    assert run_json("integrations", "remove", store.key, "--yes")["status"] == "removed"
    shown = run_json("integrations", "list")["integrations"]
    assert store.key not in [row["integrationId"] for row in shown]
    assert run("integrations", "enable", store.key).exit_code != 0


# -- flows


def test_flows_are_set_by_name_and_shown(run: Run, run_json: RunJson, store: Integration) -> None:
    shown = run_json("flows", "set", store.key, "orders=pull", "products=both", "inventory=push")
    assert shown["choices"] == {
        "locations": "pull", "orders": "pull", "products": "both", "inventory": "push",
        "fulfillments": "disabled",
    }  # fmt: skip
    assert run_json("flows", "show", "1003")["choices"] == shown["choices"]
    assert "pull orders" in run("flows", "show", "ecwid").stdout
    run_json("flows", "set", store.key, "orders=disabled")
    assert not Flow.objects.get(integration=store, entity="orders").enabled


@pytest.mark.parametrize(
    ("choices", "part"),
    [
        (("returns=pull",), "returns"),
        (("orders=push",), "pull"),
        (("locations=disabled",), "locations"),
        (("orders",), "orders=pull"),
        (("products=pull", "orders=sideways"), "sideways"),
        (("orders=pull", "orders=pull"), "twice"),
    ],
)
def test_a_choice_that_cannot_be_changes_no_flow(
    run: Run, store: Integration, choices: tuple[str, ...], part: str
) -> None:
    result = run("flows", "set", store.key, *choices)
    assert result.exit_code == Exit.USAGE
    assert part in result.stderr
    assert set(Flow.objects.filter(integration=store, enabled=True).values_list("entity", flat=True)) == {
        "locations"
    }
    assert run("flows", "set", "nobody", "orders=pull").exit_code == Exit.NOT_FOUND


def test_status_shows_every_flow(run: Run, run_json: RunJson, store: Integration) -> None:
    document = run_json("status")
    ours = next(row for row in document["integrations"] if row["integrationId"] == store.key)
    assert {row["entity"] for row in ours["flows"]} == {
        "locations",
        "orders",
        "products",
        "inventory",
        "fulfillments",
    }
    assert all("lagSeconds" in row and "backlog" in row for row in ours["flows"])
    assert "Ecwid: Tea" in run("status").stdout


def test_an_idle_push_is_not_late(run: Run, run_json: RunJson, store: Integration) -> None:
    Flow.objects.filter(integration=store, entity="inventory").update(
        enabled=True, last_success_at=system_clock() - timedelta(days=4)
    )
    ours = next(row for row in run_json("status")["integrations"] if row["integrationId"] == store.key)
    stock = next(row for row in ours["flows"] if row["entity"] == "inventory")
    assert stock["lagSeconds"] == 0
    _, _, shown = run("status").stdout.partition(store.key)
    line = next(line for line in shown.splitlines() if "push inventory" in line)
    assert "4 d ago" in line
    assert "0 s" in line
    assert "lag" in shown


# -- sync


def _report(**values: object) -> runs.RunReport:
    named = {"run_key": "1", "entity": "orders", "direction": "pull", "outcome": "completed"}
    return runs.RunReport(**(named | values))  # type: ignore[arg-type]  # named by each test


def _syncs(monkeypatch: pytest.MonkeyPatch, report: SyncReport) -> list[dict[str, object]]:
    asked: list[dict[str, object]] = []

    def sync(integration: Integration, entities: object = None, **options: object) -> SyncReport:
        asked.append({"integration": integration.pk, "entities": entities} | options)
        return report

    monkeypatch.setattr("crossdock.flows.sync.sync", sync)
    return asked


def test_sync_runs_what_was_asked_for(
    run_json: RunJson, store: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = SyncReport(runs=[_report(read=7, created=2, remote_calls=1, least_calls=1)], complete=True)
    asked = _syncs(monkeypatch, report)
    document = run_json("sync", store.key, "--flow", "orders,products")
    assert asked[0]["integration"] == store.pk
    assert asked[0]["entities"] == ["orders", "products"]
    assert asked[0]["dry_run"] is False
    (done,) = document["runs"]
    assert (done["read"], done["created"], done["remoteCalls"], done["leastCalls"]) == (7, 2, 1, 1)
    assert document["complete"] is True


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (SyncReport(runs=[_report()], complete=True), Exit.OK),
        (SyncReport(runs=[_report()], complete=False), Exit.ATTENTION),
        (SyncReport(runs=[_report(outcome="partial", failed=1)], complete=True), Exit.ATTENTION),
        (SyncReport(runs=[_report(outcome="failed", message="down")], complete=False), Exit.ATTENTION),
    ],
)
def test_sync_ends_with_what_came_of_it(
    run: Run, store: Integration, monkeypatch: pytest.MonkeyPatch, report: SyncReport, code: Exit
) -> None:
    _syncs(monkeypatch, report)
    assert run("sync", store.key).exit_code == code


def test_a_dead_token_ends_the_sync_with_its_own_code(
    run: Run, store: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(*_arguments: object, **_options: object) -> SyncReport:
        Integration.objects.filter(pk=store.pk).update(state="error", state_reason="The token was revoked.")
        return SyncReport(runs=[_report(outcome="failed")])

    monkeypatch.setattr("crossdock.flows.sync.sync", sync)
    first = run("sync", store.key)
    assert first.exit_code == Exit.REMOTE
    assert "revoked" in first.stderr
    assert run("sync", store.key).exit_code == Exit.REMOTE


def test_a_dry_run_prints_the_plan_as_a_difference(
    run: Run, run_json: RunJson, store: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = [Change("77", "quantity", "5", "3")]
    report = SyncReport(runs=[_report(entity="inventory", direction="push", plan=plan)], complete=True)
    asked = _syncs(monkeypatch, report)
    text = run("sync", store.key, "--dry-run").stdout
    assert asked[0]["dry_run"] is True
    for part in ("77", "quantity", "- 5", "+ 3"):
        assert part in text, text
    (change,) = run_json("sync", store.key, "--dry-run")["runs"][0]["plan"]
    assert change == {"remoteId": "77", "field": "quantity", "before": "5", "after": "3"}


def test_sync_of_nothing_says_so(run: Run, world: World) -> None:
    Integration.objects.update(state="disabled")
    assert run("sync").exit_code == Exit.ATTENTION
    assert run("sync", "nobody").exit_code == Exit.NOT_FOUND


def test_an_unknown_flow_is_refused(run: Run, store: Integration) -> None:
    result = run("sync", store.key, "--flow", "returns")
    assert result.exit_code == Exit.USAGE
    assert "returns" in result.stderr
    assert "orders" in result.stderr


# -- import


@pytest.fixture
def ready(store: Integration) -> Integration:
    """A store whose locations are known and whose orders are pulled."""
    Flow.objects.filter(integration=store, entity="locations").update(
        last_success_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    Flow.objects.filter(integration=store, entity="orders").update(enabled=True)
    return store


def _imports(monkeypatch: pytest.MonkeyPatch, **changes: object) -> list[int]:
    ran: list[int] = []

    def run_import(backfill: Import, *, observer: object = None) -> Import:
        ran.append(backfill.pk)
        Import.objects.filter(pk=backfill.pk).update(**changes)
        backfill.refresh_from_db()
        return backfill

    monkeypatch.setattr(importing, "run_import", run_import)
    return ran


def test_an_import_begins_at_its_date_and_tells_what_came(
    run_json: RunJson, ready: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = _imports(monkeypatch, state="completed", read=9, created=9)
    document = run_json("import", ready.key, "orders", "--since", "2026-01-31")
    backfill = Import.objects.get()
    assert ran == [backfill.pk]
    assert backfill.since == datetime(2026, 1, 31, tzinfo=UTC)
    assert (document["state"], document["read"], document["since"]) == (
        "completed",
        9,
        "2026-01-31T00:00:00.000Z",
    )


def test_an_unfinished_import_goes_on_and_says_how(
    run: Run, ready: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    _imports(monkeypatch, state="paused", read=4)
    paused = run("import", ready.key, "orders", "--since", "2026-01-31")
    assert paused.exit_code == Exit.INTERRUPTED
    assert f"crossdock import {ready.key} orders" in paused.stderr

    other = run("import", ready.key, "orders", "--since", "2026-02-28")
    assert other.exit_code == Exit.USAGE
    assert "2026-01-31" in other.stderr

    ran = _imports(monkeypatch, state="completed")
    assert run("import", ready.key, "orders").exit_code == Exit.OK
    assert ran == [Import.objects.get().pk]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("orders",), Exit.USAGE, "--since"),
        (("orders", "--since", "soon"), Exit.USAGE, "soon"),
        (("stock", "--since", "2026-01-31"), Exit.USAGE, "stock"),
        (("orders", "--since", "2026-02-01", "--until", "2026-01-01"), Exit.USAGE, "--until"),
        (("orders", "--since", "2999-01-01"), Exit.USAGE, "future"),
        (("products", "--since", "2026-01-31"), Exit.ATTENTION, "disabled"),
    ],
)
def test_an_import_that_cannot_begin_begins_nothing(
    run: Run, ready: Integration, arguments: tuple[str, ...], code: Exit, part: str
) -> None:
    result = run("import", ready.key, *arguments)
    assert result.exit_code == code, result.output
    assert part in result.stderr
    assert not Import.objects.exists()
