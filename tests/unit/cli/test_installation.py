"""Processes, migrations and the doctor."""

from __future__ import annotations

import os
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from django.db import connection

from crossdock import doctor
from crossdock.cli import processes, schema
from crossdock.cli.codes import CommandError, Exit
from crossdock.connectors.errors import Reconnect, Retry
from crossdock.flows import connecting
from crossdock.hub.models import InventoryRecord, Organization, Run
from crossdock.hub.vault import fernet_for, seal
from crossdock.server import free_port

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


# -- processes


@pytest.mark.parametrize(("url", "port"), [("http://127.0.0.1:8017", 8017), ("http://[::1]:9000", 9000)])
def test_the_port_is_that_of_the_public_address(url: str, port: int) -> None:
    assert processes.default_port(url) == port


@pytest.mark.parametrize("url", ["https://shop.test", "https://shop.test:8443", "http://shop.test"])
def test_behind_a_proxy_the_port_must_be_named(url: str) -> None:
    with pytest.raises(CommandError, match="--port"):
        processes.default_port(url)


def test_up_runs_web_and_worker_under_one_supervisor(
    run: RunCommand, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def supervise(children: list[object]) -> int:
        seen.extend(children)
        return 0

    monkeypatch.setattr("crossdock.processes.supervise", supervise)
    monkeypatch.delenv("CROSSDOCK_PUBLIC_URL", raising=False)
    port = free_port("127.0.0.1", 18000)
    result = run("up", "--port", str(port))
    assert result.exit_code == 0, result.output
    assert f"http://127.0.0.1:{port}" in result.stdout
    assert "create the first administrator" in result.stderr
    web, worker = seen
    assert web.command[1:5] == ("-m", "crossdock", "web", "--host")  # type: ignore[attr-defined]  # children
    assert worker.command[3] == "worker"  # type: ignore[attr-defined]  # children
    assert web.env["CROSSDOCK_PUBLIC_URL"] == f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]  # children
    assert Exit.SETUP in web.final  # type: ignore[attr-defined]  # children


def test_up_says_when_its_port_is_taken(run: RunCommand, world: World) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("up", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == Exit.SETUP
    assert "in use" in result.stderr


# -- migrations


def test_a_prepared_database_needs_nothing(run: RunCommand, run_json: RunJson, world: World) -> None:
    assert run_json("migrate") == {"applied": []}
    assert run_json("migrate", "--check") == {"pending": []}
    assert "up to date" in run("migrate").stdout
    schema.require_current()


def test_the_first_organization_is_made_once(db: None) -> None:
    schema.migrate()
    schema.migrate()
    assert Organization.objects.count() == 1


def test_an_unprepared_database_is_refused_with_the_way_out(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "pending", lambda: ["hub.0099_more"])
    with pytest.raises(CommandError, match="crossdock migrate") as caught:
        schema.require_current()
    assert caught.value.code == Exit.SETUP


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_one_migrates_and_the_other_waits() -> None:
    done = threading.Event()

    def migrate() -> None:
        try:
            schema.migrate()
        finally:
            done.set()
            connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [schema.LOCK])
        try:
            other = threading.Thread(target=migrate)
            other.start()
            _wait_for_lock()
            assert not done.is_set()
            assert not Organization.objects.exists()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [schema.LOCK])
    other.join(20)
    assert done.is_set()
    assert Organization.objects.count() == 1


def _wait_for_lock() -> None:
    """Until another connection waits for an advisory lock; the server itself says so."""
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("nobody waits for the lock")


# -- the doctor


def _found(findings: list[doctor.Finding], check: str) -> doctor.Finding:
    return next(finding for finding in findings if finding.check == check)


def test_a_sound_installation_is_found_sound(run: RunCommand, run_json: RunJson, world: World) -> None:
    world.integration.state = "disabled"
    world.integration.save()
    document = run_json("doctor", "--offline")
    assert document["ok"] is True
    states = {row["check"]: row["status"] for row in document["checks"]}
    for check in ("database", "migrations", "keys", "ledger", "runs"):
        assert states[check] == "ok", document
    assert states["users"] == "warn"
    text = run("doctor", "--offline").stdout
    assert "migrations" in text
    assert "users create" in text


def test_wrong_settings_are_found_before_anything_is_opened() -> None:
    findings = doctor.examine({"CROSSDOCK_DATA_DIR": "here", "CROSSDOCK_LOG_LEVEL": "loud"})
    assert [finding.status for finding in findings] == ["fail", "fail"]
    assert all(finding.remedy for finding in findings)


def test_a_lost_key_is_found_for_every_integration(world: World) -> None:
    world.integration.credentials = fernet_for(["a former key that is gone"]).encrypt(b"{}")
    world.integration.save()
    second = world.flow("orders").integration
    assert second == world.integration
    finding = _found(doctor.examine(os.environ, offline=True), "keys")
    assert finding.status == "fail"
    assert world.integration.name in finding.message
    assert "CROSSDOCK_SECRET_KEY" in finding.remedy


def test_a_figure_that_its_ledger_does_not_explain_is_found(run_json: RunJson, world: World) -> None:
    run_json("inventory", "set", "tea", "5")
    InventoryRecord.objects.update(on_hand=6)
    document = run_json("doctor", "--offline", code=Exit.ATTENTION)
    wrong = next(row for row in document["checks"] if row["check"] == "ledger")
    assert wrong["status"] == "fail"
    assert "tea" in wrong["message"]
    assert "inventory set tea" in wrong["remedy"]


def test_a_run_whose_process_died_is_found(world: World) -> None:
    row = Run.objects.create(flow=world.inventory_flow, trigger="test")
    finding = _found(doctor.examine(os.environ, offline=True), "runs")
    assert finding.status == "warn"
    assert row.key in finding.message


def test_flows_without_a_worker_are_found(world: World) -> None:
    finding = _found(doctor.examine(os.environ, offline=True), "worker")
    assert finding.status == "fail"
    assert "crossdock worker" in finding.remedy
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    assert _found(doctor.examine(os.environ, offline=True), "worker").status == "ok"


@pytest.mark.parametrize("error", [Reconnect("The token is dead."), Retry("It is down.")])
def test_an_account_that_does_not_answer_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(_integration: object) -> None:
        raise error

    world.integration.credentials = seal({"token": "x"})
    world.integration.save()
    monkeypatch.setattr(connecting, "check_connection", refuse)
    monkeypatch.setattr(doctor, "remote_date", lambda _address: None)
    finding = _found(doctor.examine(os.environ), f"account {world.integration.name}")
    assert finding.status == "fail"
    assert str(error) in finding.message
    assert finding.remedy


def test_a_parked_account_is_not_called_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(connecting, "check_connection", called.append)
    monkeypatch.setattr(doctor, "remote_date", lambda _address: None)
    world.integration.state, world.integration.state_reason = "error", "revoked"
    world.integration.save()
    finding = _found(doctor.examine(os.environ), f"account {world.integration.name}")
    assert (finding.status, called) == ("fail", [])
    assert "connect" in finding.remedy


@pytest.mark.parametrize(
    ("seconds", "status"), [(1, "ok"), (6, "ok"), (10, "warn"), (-10, "warn"), (90, "fail")]
)
def test_a_clock_that_is_off_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, seconds: int, status: str
) -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    monkeypatch.setattr("crossdock.hub.clock.system_clock", lambda: now)
    monkeypatch.setattr(doctor, "remote_date", lambda _address: now + timedelta(seconds=seconds))
    monkeypatch.setattr(connecting, "check_connection", lambda _integration: None)
    world.integration.connector = "ecwid"
    world.integration.save()
    finding = _found(doctor.examine(os.environ), "clock of ecwid")
    assert finding.status == status
    assert bool(finding.remedy) == (status != "ok")


def test_an_open_data_folder_is_found(tmp_path: Path, world: World) -> None:
    tmp_path.chmod(0o777)
    findings = doctor.examine({"CROSSDOCK_DATA_DIR": str(tmp_path)}, offline=True)
    assert _found(findings, "data folder").status == "warn"
    assert "chmod" in _found(findings, "data folder").remedy
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o777


def test_a_proxy_that_is_not_named_is_found(world: World) -> None:
    https = {**os.environ, "CROSSDOCK_PUBLIC_URL": "https://hub.example.com"}
    finding = _found(doctor.examine(https, offline=True), "proxies")
    assert (finding.status, "CROSSDOCK_TRUSTED_PROXIES" in finding.remedy) == ("warn", True)
    named = https | {"CROSSDOCK_TRUSTED_PROXIES": "10.0.0.5"}
    assert _found(doctor.examine(named, offline=True), "proxies").status == "ok"


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ({"database": "ok"}, "ok", "are dropped"),
        ({"database": "ok", "probe": "came through"}, "warn", "choose their own address"),
        (["a page of somebody else"], "warn", "cannot be asked"),
        (None, "warn", "cannot be asked"),
    ],
)
def test_a_proxy_that_lets_underscores_through_is_found(
    told: object, status: str, words: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get(address: str, *, headers: dict[str, str], timeout: float) -> httpx2.Response:
        assert (address, list(headers)) == ("https://hub.example.com/health/web", ["X_Crossdock_Probe"])
        if told is None:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200, json=told)

    monkeypatch.setattr(httpx2, "get", get)
    environ = {
        **os.environ, "CROSSDOCK_PUBLIC_URL": "https://hub.example.com", "CROSSDOCK_TRUSTED_PROXIES": "10.0.0.5",
    }  # fmt: skip
    monkeypatch.setattr(doctor, "_accounts", lambda: iter(()))
    finding = _found(doctor.examine(environ), "proxy headers")
    assert finding.status == status
    assert words in finding.message


def test_an_open_key_is_found(tmp_path: Path, world: World) -> None:
    key = tmp_path / "secret-key"
    key.write_text("a key that is long enough\n")
    key.chmod(0o644)
    finding = _found(doctor.examine({"CROSSDOCK_DATA_DIR": str(tmp_path)}, offline=True), "secret key")
    assert finding.status == "fail"
    assert "chmod 600" in finding.message + finding.remedy
