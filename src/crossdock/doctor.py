"""Examining an installation: each finding is ok, a warning or a failure, with what to do about it.

Nothing is changed, and one thing that is broken does not keep the rest from being examined.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from crossdock.config import Config, ConfigError
from crossdock.logs import redacted

if TYPE_CHECKING:
    from crossdock.hub.models import Integration
    from crossdock.runtime import Runtime

Status = Literal["ok", "warn", "fail"]
OK: Status = "ok"
WARN: Status = "warn"
FAIL: Status = "fail"

CLOCK_WARN, CLOCK_FAIL = timedelta(seconds=5), timedelta(seconds=60)
WORKER_SILENT = timedelta(seconds=60)


@dataclass(frozen=True)
class Finding:
    """What one check found. `remedy` says what to do; empty where nothing is to be done."""

    check: str
    status: Status
    message: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


def examine(environ: Mapping[str, str], *, offline: bool = False) -> list[Finding]:
    """Examine the installation that `environ` describes; `offline` calls no outside system. Never raises
    for what it finds.
    """
    try:
        config = Config.from_environ(environ)
    except ConfigError as error:
        return [
            Finding("settings", FAIL, f"{problem.name} {problem.wrong}", problem.remedy)
            for problem in error.problems
        ]
    findings = [*_settings(config), *_guarded("data folder", lambda: _data_folder(config))]
    from crossdock import runtime
    from crossdock.database import DatabaseError

    quiet = {"CROSSDOCK_LOG_LEVEL": "error", **environ}
    try:
        running = runtime.start(quiet)
    except ConfigError as error:
        return [*findings, Finding("settings", FAIL, str(error))]
    except DatabaseError as error:
        return [*findings, Finding("database", FAIL, redacted(str(error)))]
    with running:
        findings += _guarded("database", lambda: _database(running))
        migrated = list(_guarded("migrations", lambda: _migrations(running)))
        findings += migrated
        if any(finding.status == FAIL for finding in [*findings, *migrated]):
            return findings
        for name, check in _checks(config, offline=offline):
            findings += _guarded(name, check)
    return findings


def _checks(config: Config, *, offline: bool) -> list[tuple[str, Check]]:
    checks: list[tuple[str, Check]] = [
        ("users", _users), ("keys", _keys), ("worker", _worker), ("runs", _runs), ("ledger", _ledger),
        ("exceptions", _exceptions),
    ]  # fmt: skip
    if not offline:
        checks += [
            ("proxy headers", lambda: _underscores(config)),
            ("accounts", _accounts),
            ("clock", _clock),
        ]
    return checks


def _guarded(name: str, check: Check) -> Iterator[Finding]:
    """Run one check; what it cannot do is a finding too."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - one broken check must not hide the others
        message = redacted(f"could not be checked: {type(error).__name__}: {error}")
        yield Finding(name, FAIL, " ".join(message.split())[:500])


def _settings(config: Config) -> Iterator[Finding]:
    for name in config.unknown:
        remedy = "Check its spelling; docs/settings.md lists all settings."
        yield Finding("settings", WARN, f"{name} is none of our settings and is ignored", remedy)
    if not config.unknown:
        yield Finding("settings", OK, f"public address {config.public_url}")
    yield _proxies(config)


def _proxies(config: Config) -> Finding:
    if config.trusted_proxies:
        named = ", ".join(str(network) for network in config.trusted_proxies)
        return Finding("proxies", OK, f"believed about where a request came from: {named}")
    if config.secure:
        return Finding(
            "proxies", WARN, "none is trusted, so all visitors seem to come from the proxy that ends TLS",
            "Name its address in CROSSDOCK_TRUSTED_PROXIES.",
        )  # fmt: skip
    return Finding("proxies", OK, "none is trusted; callers are known by their own address")


def _underscores(config: Config) -> Iterator[Finding]:
    """See whether the proxies drop headers whose names have an underscore: here those pass for the proxies' own."""
    import httpx2

    from crossdock.callers import PROBE

    if not config.trusted_proxies:
        return
    check, about = "proxy headers", "headers whose names have an underscore"
    remedy = "See docs/operations.md, Behind a proxy."
    try:
        told = httpx2.get(f"{config.public_url}/health/web", headers={PROBE: "1"}, timeout=10).json()
    except (httpx2.HTTPError, ValueError):
        told = None
    if not isinstance(told, dict) or "database" not in told:
        words = f"{config.public_url} cannot be asked from here whether {about} are dropped"
        yield Finding(check, WARN, words, remedy)
    elif "probe" in told:
        yield Finding(check, WARN, f"{about} come through: callers may choose their own address", remedy)
    else:
        yield Finding(check, OK, f"{about} are dropped")


def _data_folder(config: Config) -> Iterator[Finding]:
    folder: Path = config.data_dir
    if not folder.exists():
        yield Finding("data folder", OK, f"{folder} does not exist yet; it is made on first use")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        remedy = "Run as the user who owns it, or name another folder in CROSSDOCK_DATA_DIR."
        yield Finding("data folder", FAIL, f"{folder} cannot be read and written by this user", remedy)
    elif mode & 0o022:
        yield Finding("data folder", WARN, f"others may write in {folder}", f"Run: chmod go-w {folder}")
    else:
        yield Finding("data folder", OK, str(folder))
    if config.secret_keys:
        yield Finding("secret key", OK, f"set in the environment ({len(config.secret_keys)} in its list)")
        return
    kept = folder / "secret-key"
    if kept.exists() and stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Finding("secret key", FAIL, f"others may read {kept}", f"Run: chmod 600 {kept}")
        return
    try:
        config.keys()
    except ConfigError as error:
        yield Finding("secret key", FAIL, str(error))
    else:
        yield Finding("secret key", OK, "kept in the data folder; back it up with the database")


def _database(running: Runtime) -> Iterator[Finding]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database()))"
        )
        version, size = cursor.fetchone()
    kind = "embedded" if running.database.embedded else "own server"
    yield Finding("database", OK, f"PostgreSQL {version}, {kind}, {size}")


def _migrations(running: Runtime) -> Iterator[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = set(executor.loader.disk_migrations)
    newer = [f"{app}.{name}" for app, name in executor.loader.applied_migrations if (app, name) not in known]
    if pending and running.database.embedded:
        yield Finding(
            "migrations", FAIL, f"{len(pending)} are pending", "Run: crossdock migrate (any command does it)."
        )
    elif pending:
        yield Finding("migrations", FAIL, f"{len(pending)} are pending", "Run: crossdock migrate")
    elif newer:
        remedy = "Upgrade this Crossdock to the version that prepared the database."
        yield Finding(
            "migrations", WARN, f"the database knows newer ones: {', '.join(sorted(newer))}", remedy
        )
    else:
        yield Finding("migrations", OK, "the database is up to date")


def _users() -> Iterator[Finding]:
    from crossdock.hub.models import Membership

    administrators = Membership.objects.filter(
        role=Membership.Role.ADMINISTRATOR, active=True, user__is_active=True
    ).count()
    if administrators:
        yield Finding("users", OK, f"{administrators} may administer")
    else:
        remedy = "Run: crossdock users create EMAIL --role administrator"
        yield Finding("users", WARN, "no administrator can log in to the portal", remedy)


def _keys() -> Iterator[Finding]:
    """Decrypt every stored secret: a key that was lost shows here before a flow needs it."""
    from crossdock.hub.models import Integration
    from crossdock.hub.vault import SecretUnreadable, unseal

    readable = 0
    for integration in Integration.objects.exclude(credentials=None).order_by("pk"):
        try:
            unseal(integration.credentials)
            readable += 1
        except SecretUnreadable as error:
            yield Finding("keys", FAIL, f"the credentials of {integration.name} cannot be read", str(error))
    yield Finding("keys", OK, f"the credentials of {readable} integrations can be read")


def _accounts() -> Iterator[Finding]:
    from crossdock.hub.models import Integration

    integrations = list(Integration.objects.exclude(state=Integration.State.REMOVED).order_by("pk"))
    if not integrations:
        yield Finding("accounts", OK, "nothing is connected yet")
    for integration in integrations:
        yield _account(integration)


def _account(integration: Integration) -> Finding:
    """Probe one account. A parked one is not called: a dead token is used once, and that was it."""
    from crossdock.connectors.errors import ConnectorError, Reconnect, Retry
    from crossdock.flows.connecting import check_connection
    from crossdock.hub.vault import SecretUnreadable

    name = f"account {integration.name}"
    again = (
        f"Connect again: crossdock integrations connect {integration.key} --token-stdin, or in the portal."
    )
    if integration.state == integration.State.ERROR:
        return Finding(name, FAIL, f"needs reconnect: {integration.state_reason}", again)
    if not integration.usable:
        return Finding(name, OK, f"{integration.get_state_display().lower()}; not called")
    try:
        account = check_connection(integration)
    except Reconnect as error:
        return Finding(name, FAIL, redacted(error.reason), again)
    except Retry as error:
        return Finding(
            name, FAIL, redacted(error.reason), "Check the network, and the system's own status page."
        )
    except ConnectorError as error:
        return Finding(name, FAIL, redacted(error.reason))
    except SecretUnreadable as error:
        return Finding(name, FAIL, str(error))
    return Finding(name, OK, f"answers; {', '.join(filter(None, (account.name, account.currency)))}")


def _clock() -> Iterator[Finding]:
    """Compare this machine's clock with the database's and with the Date header of each outside system."""
    from django.conf import settings
    from django.db import connection

    from crossdock.hub.clock import system_clock
    from crossdock.hub.models import Integration

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs = cursor.fetchone()[0]
    yield _clock_finding("clock", "the database's", system_clock() - theirs)
    connectors = Integration.objects.filter(state="connected").values_list("connector", flat=True).distinct()
    for connector in sorted(connectors):
        address = settings.CROSSDOCK.connector_settings(connector).get("api_url", "")
        date = remote_date(address) if address else None
        if date is not None:
            yield _clock_finding(
                f"clock of {connector}", "theirs", system_clock() - date, least=timedelta(seconds=2)
            )


def _clock_finding(check: str, whose: str, ahead: timedelta, *, least: timedelta = timedelta(0)) -> Finding:
    """Judge a difference; `least` is what cannot be told apart (a Date header has whole seconds)."""
    off = abs(ahead)
    seconds = f"{off.total_seconds():.1f} s {'ahead of' if ahead > timedelta(0) else 'behind'} {whose}"
    remedy = "Turn on time synchronization (NTP) on this machine."
    if off - least > CLOCK_FAIL:
        return Finding(check, FAIL, f"this machine's clock is {seconds}", remedy)
    if off - least > CLOCK_WARN:
        return Finding(check, WARN, f"this machine's clock is {seconds}", remedy)
    return Finding(check, OK, f"within {max(off.total_seconds(), 0.1):.1f} s of {whose}")


def remote_date(address: str) -> datetime | None:
    """Return the time in the Date header of whatever `address` answers; None where none comes."""
    import httpx2

    try:
        header = httpx2.head(address, timeout=10).headers.get("date")
    except httpx2.HTTPError:
        return None  # reachability is told by the account's own check
    try:
        date = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return date if date is None or date.tzinfo else date.replace(tzinfo=UTC)


def _worker() -> Iterator[Finding]:
    from django.db import connection

    from crossdock.hub.models import Flow

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
        )
        count, silent = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
        )
        waiting = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        failed = cursor.fetchone()[0]
    alive = count and silent is not None and silent < WORKER_SILENT.total_seconds()
    remedy = "Run: crossdock up, or crossdock worker."
    if alive:
        yield Finding("worker", OK, f"last heartbeat {silent:.0f} s ago, {waiting} jobs wait")
    elif Flow.objects.filter(enabled=True, integration__state="connected").exists():
        yield Finding("worker", FAIL, f"no worker is running, {waiting} jobs wait", remedy)
    else:
        yield Finding(
            "worker", WARN, "no worker is running; nothing is connected that would need one", remedy
        )
    if failed:
        yield Finding(
            "jobs", WARN, f"{failed} jobs ended with a bug", "The worker's log says which; report it."
        )


def _runs() -> Iterator[Finding]:
    """Find runs that never ended and whose process is gone: their flow's lock is free."""
    from crossdock.flows.runs import flow_locked
    from crossdock.hub.models import Run

    dead = 0
    for run in Run.objects.filter(outcome=Run.Outcome.RUNNING).select_related("flow").order_by("pk"):
        with flow_locked(run.flow) as held:
            # Looked at again under the lock: it may have ended in between.
            if held and Run.objects.filter(pk=run.pk, outcome=Run.Outcome.RUNNING).exists():
                dead += 1
                message = (
                    f"{run.key} ({run.flow}) began {run.created_at:%Y-%m-%d %H:%M}Z, and its process died"
                )
                remedy = (
                    "Nothing is lost, the flow's next run takes over: start a worker, or run crossdock sync."
                )
                yield Finding("runs", WARN, message, remedy)
    if not dead:
        yield Finding("runs", OK, "none is stuck")


def _ledger() -> Iterator[Finding]:
    from crossdock.hub.models import Organization
    from crossdock.hub.stock.inventory import check_ledger

    wrong = 0
    for organization in Organization.objects.order_by("pk"):
        mismatches = check_ledger(organization.pk)
        wrong += len(mismatches)
        for mismatch in mismatches[:5]:
            yield Finding(
                "ledger", FAIL, str(mismatch), f"Count it again: crossdock inventory set {mismatch.sku} QTY"
            )
    if not wrong:
        yield Finding("ledger", OK, "every stock figure is the sum of its ledger")


def _exceptions() -> Iterator[Finding]:
    from crossdock.hub.models import ExceptionCase

    count = ExceptionCase.objects.filter(status=ExceptionCase.Status.ACTIVE).count()
    if count:
        yield Finding("exceptions", WARN, f"{count} need attention", "Run: crossdock exceptions list")
    else:
        yield Finding("exceptions", OK, "nothing needs attention")
