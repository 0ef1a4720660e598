"""What the code of one run has at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crossdock.connectors.contract import Account, Change, ConnectorError, Session, Store, Warehouse
from crossdock.connectors.errors import Retry, Skip
from crossdock.flows.gate import RequestGate
from crossdock.flows.observer import Observer
from crossdock.flows.opening import as_store, as_warehouse
from crossdock.hub.clock import Clock
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.intake import Origin, Tally, bulk_cursor
from crossdock.hub.marks import TakenMark, take_marks
from crossdock.hub.models import Flow, Import, Integration, Run


@dataclass
class RunContext:
    """One run: its flow, its session, its figures. `again_after` asks for another run after that time.

    A rehearsal is a dry run that looks at `foreseen` instead of the flow's marks: what it would find marked if
    it was turned on. `remarks` count what a dry run has to say beside its plan. `unread` is why the run could not read
    anything that it was to read, though it has put that off properly.
    """

    flow: Flow
    integration: Integration
    run: Run
    session: Session
    account: Account
    gate: RequestGate
    clock: Clock
    observer: Observer
    lag: timedelta
    page_size: int
    batch_size: int
    dry_run: bool = False
    backfill: Import | None = None
    foreseen: Sequence[TakenMark] | None = None
    plan: list[Change] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    again_after: float | None = None
    tally: Tally = field(default_factory=Tally)
    written: int = 0
    least_calls: int = 0
    problems: int = 0
    unread: Retry | None = None

    @property
    def store(self) -> Store:
        """The session as that of a selling channel. Raises `Refused` where it is none."""
        return as_store(self.session, self.integration)

    @property
    def warehouse(self) -> Warehouse:
        """The session as that of a warehouse. Raises `Refused` where it is none."""
        return as_warehouse(self.session, self.integration)

    @property
    def author(self) -> str:
        """Who is written down as the author of what this run does."""
        return f"integration:{self.integration.key}"

    @property
    def origin(self) -> Origin:
        """The origin of what this run takes in."""
        return Origin(integration=self.integration, run=self.run, author=self.author)

    @property
    def now(self) -> datetime:
        """Our own present moment; never compared with the outside system's times."""
        return self.clock()

    def taken(self) -> list[TakenMark]:
        """Return the marks to look at, oldest first."""
        return take_marks(self.flow, self.now) if self.foreseen is None else list(self.foreseen)

    def progress(self, done: int, total: int | None) -> None:
        """Tell the observer how far the run is."""
        self.observer.progress(f"{self.flow.direction} {self.flow.entity}", done, total)

    def problem(
        self,
        error: ConnectorError,
        subject: str,
        what: str,
        *,
        record_id: int | None = None,
        count: bool = True,
    ) -> None:
        """Open an exception for one record; the others go on. A mere skip is only counted.

        Without `count` the caller has counted the failure itself.
        """
        if isinstance(error, Skip):
            self.tally.skipped += 1
            return
        self.problems += 1
        self.tally.failed += count
        if self.dry_run:
            return
        open_exception(
            self.integration.organization_id,
            error.code,
            subject,
            f"{what}: {error.reason}",
            entity=self.flow.entity,
            integration=self.integration,
            flow=self.flow,
            record_id=record_id,
            field=error.field,
        )

    def settled(self, subject: str, codes: tuple[str, ...] | None = None) -> None:
        """Close the exceptions of one record whose cause has gone."""
        close_exceptions(
            self.integration.organization_id, [subject], integration=self.integration, codes=codes
        )

    def book_calls(self) -> None:
        """Write the remote calls since the last booking, in the caller's transaction."""
        calls = self.gate.take_calls()
        if not calls:
            return
        with bulk_cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO hub_remotecall (run_id, integration_id, method, path, status, milliseconds, note)
                SELECT %s::bigint, %s::bigint, * FROM unnest(%s::text[], %s::text[], %s::int[], %s::int[], %s::text[])
                """,
                [
                    self.run.pk, self.integration.pk, [call.method for call in calls],
                    [call.path[:500] for call in calls], [call.status for call in calls],
                    [round(call.seconds * 1000) for call in calls], [call.note[:300] for call in calls],
                ],
                prepare=True,
            )  # fmt: skip
        self.run.remote_calls += len(calls)
