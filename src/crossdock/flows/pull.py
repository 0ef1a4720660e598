"""Pulling orders and products: what changed since the cursor, what was marked, what was deleted.

The cursor is the outside system's own time of its newest change, read before the window is; the
window ends there, so nothing that changes meanwhile can be skipped. Windows overlap by more than the
search lags, and a poll only counts as quiet once it was repeated after that lag.

Those times count in whole seconds, so two changes of one second cannot be told apart by them. A poll is
therefore quiet one second later than the lag alone would have it, and where a list and an earlier reading
differ within one second, the record is read by id, which is current to the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import transaction

from crossdock.connectors.contract import ConnectorError, Page, RemoteRecord, Source, Window
from crossdock.connectors.errors import Gone, Retry, Unreadable
from crossdock.flows.beginning import beginning_noted, note_beginning
from crossdock.flows.context import RunContext
from crossdock.flows.foresight import Foresight, Reading, reading, readings, translated
from crossdock.flows.paging import Drifting, read_window
from crossdock.hub.exceptions import close_exceptions
from crossdock.hub.intake import (
    Incoming,
    KnownLink,
    Origin,
    Tally,
    bulk_cursor,
    known_links,
    read_within,
)
from crossdock.hub.marks import TakenMark, leave_marks, postpone_marks, settle_marks

T = TypeVar("T")

LEAST_OVERLAP = timedelta(seconds=120)
GRAIN = timedelta(seconds=1)
"""What two changes may lie apart and still bear the same time."""
DOUBT = timedelta(seconds=60)
"""For how long, beyond the lag, a list may be older than a reading: it was fetched ahead of its turn."""
FEW_MARKS = 3
PATIENT_READS = 3
"""How often a marked record may be unavailable before a person is told."""
MENDED_BY_READING = (
    "unreadable", "unstorable", "currencyUnknown", "remoteUnavailable", "remoteTimeout", "rateLimited",
    "answerTooLarge",
)  # fmt: skip
PAGE_LOCK = 0x63726F75  # the namespace of the lock under which a flow's pages are stored


@dataclass(frozen=True)
class Pulled(Generic[T]):
    """How one entity is taken in: its source, and the hub's verbs for it.

    `admit` says whether a new record belongs here at all; the others are counted as skipped. `mapped` gives what
    applies the organization's own mapping rules as they are now; it is asked once for a page with news.
    """

    entity: str
    source: Source[T]
    ingest: Callable[[Origin, Sequence[Incoming[T]], Mapping[str, KnownLink]], Tally]
    delete: Callable[[Origin, Iterable[tuple[str, datetime | None]]], int]
    admit: Callable[[T], bool]
    after: Callable[[Tally], None]
    mapped: Callable[[], Callable[[Incoming[T]], Incoming[T]]] = lambda: as_translated


def as_translated(incoming: Incoming[T]) -> Incoming[T]:
    """Return a record as the connector translated it: there are no rules of one's own."""
    return incoming


def pull(ctx: RunContext, pulled: Pulled[T]) -> None:
    """Run one pull: marks alone when there are few, else everything changed since the cursor."""
    taken = ctx.taken()
    few = ctx.run.trigger == "mark" and 0 < len(taken) <= FEW_MARKS
    if few and ctx.flow.cursor is not None and beginning_noted(ctx.flow):
        ctx.unread = _read_marked(ctx, pulled, taken)
        ctx.least_calls += len(taken)
        return
    seen = _poll(ctx, pulled)
    late = [mark for mark in taken if not _covered(mark, seen, ctx.lag)]
    if not ctx.dry_run:
        with transaction.atomic():
            settle_marks(ctx.flow, [mark for mark in taken if mark not in late])
    _read_marked(ctx, pulled, late)


def _covered(mark: TakenMark, seen: dict[str, datetime | None], lag: timedelta) -> bool:
    """Whether the poll saw the record at least as new as the hint says it is.

    What the hint is about happened before it came: a search that began later than the lag after that shows it.
    """
    if mark.key not in seen:
        return False
    updated = seen[mark.key]
    return mark.age >= lag or (mark.since is not None and updated is not None and updated >= mark.since)


def _poll(ctx: RunContext, pulled: Pulled[T]) -> dict[str, datetime | None]:
    """Read what changed since the cursor; returns the records seen with their change times."""
    newest = pulled.source.newest_change()
    ctx.least_calls += 1
    if newest is not None and not ctx.dry_run:
        note_beginning(ctx.flow, newest)
    progress = dict(ctx.flow.progress)
    known = progress.get("newest")
    stamp = newest.isoformat() if newest else None
    if stamp is not None and known == stamp and progress.get("settled"):
        return {}
    first_seen = datetime.fromisoformat(progress["firstSeen"]) if known == stamp and stamp else ctx.now
    seen: dict[str, datetime | None] = {}
    overlap = max(LEAST_OVERLAP, 4 * ctx.lag)
    start = ctx.flow.cursor - overlap if ctx.flow.cursor else ctx.flow.start_from
    began = ctx.now
    complete = _read_pages(ctx, pulled, Window(field="updated", start=start, end=newest), seen)
    _read_deletions(ctx, pulled, progress)
    ctx.least_calls += max(1, -(-len(seen) // ctx.page_size)) if seen else 0
    settled = complete and stamp is not None and began - first_seen >= ctx.lag + GRAIN
    if not ctx.dry_run:
        with transaction.atomic():
            progress.update(newest=stamp, firstSeen=first_seen.isoformat(), settled=settled)
            progress.pop("window", None)
            ctx.flow.progress = progress
            if complete and newest is not None:
                ctx.flow.cursor = newest
            ctx.flow.save(update_fields=["progress", "cursor"])
    if not settled and newest is not None:
        ctx.again_after = max((first_seen + ctx.lag + GRAIN - ctx.now).total_seconds(), 0.0) + 0.05
    return seen


def _read_pages(ctx: RunContext, pulled: Pulled[T], window: Window, seen: dict[str, datetime | None]) -> bool:
    """Read and store the window; returns whether it held still while it was read."""
    done = 0
    reader = Foresight(pulled.source, ctx.account, expect_news=False)
    try:
        for page in read_window(reader, window, page_size=ctx.page_size):
            tally = store_page(ctx, pulled, page)
            reader.learn(tally)
            read = {record.remote_id: record.updated_at for record in page.records}
            seen.update((key, at) for key, at in read.items() if key not in tally.doubtful)
            done += page.count
            ctx.progress(done, max(page.total, done))
    except Drifting:
        ctx.again_after = 1.0
        return False
    return True


def store_page(
    ctx: RunContext, pulled: Pulled[T], page: Page, *, committing: Callable[[Tally], None] | None = None
) -> Tally:
    """Take in one page in one transaction, together with what `committing` writes (the cursor).

    A document that cannot be read becomes an exception; the rest of the page goes on.
    """
    return _store(ctx, pulled, readings(page), page.unreadable, committing)


def _store(
    ctx: RunContext,
    pulled: Pulled[T],
    found: Sequence[Reading[T]],
    unreadable: Sequence[Unreadable],
    committing: Callable[[Tally], None] | None = None,
    *,
    listed: bool = True,
) -> Tally:
    if ctx.dry_run:
        return _weigh(ctx, pulled, found, unreadable)
    with transaction.atomic():
        _one_page_at_a_time(ctx)
        tally = _take_in(ctx, pulled, found, unreadable, listed=listed)
        if committing is not None:
            committing(tally)
        ctx.book_calls()
    ctx.tally.add(tally)
    return tally


def _one_page_at_a_time(ctx: RunContext) -> None:
    """A flow and its import may meet at the same record: what one stores, the other must see.

    The transaction does not wait for the disk: should the machine lose power, the newest pages are lost
    together with the cursor that says they were read, and are read again. Whatever is committed later and
    does wait takes these along.
    """
    with bulk_cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock(%s, %s)",
            [PAGE_LOCK, ctx.flow.pk & 0x7FFFFFFF],
        )


def _take_in(
    ctx: RunContext,
    pulled: Pulled[T],
    found: Sequence[Reading[T]],
    unreadable: Sequence[Unreadable],
    *,
    listed: bool,
) -> Tally:
    known = known_links(ctx.integration, pulled.entity, [one.record.remote_id for one in found])
    incoming, problems, untouched = _news(ctx, pulled, found, known)
    doubtful = _doubtful(ctx, incoming, known) if listed else set()
    incoming = [item for item in incoming if item.remote_id not in doubtful]
    admitted = [item for item in incoming if item.remote_id in known or pulled.admit(item.record)]
    tally = Tally(
        read=len(found) + len(unreadable),
        unchanged=untouched + len(doubtful),
        skipped=len(incoming) - len(admitted),
        doubtful=sorted(doubtful),
    )
    outcome = pulled.ingest(ctx.origin, admitted, known)
    tally.add(outcome)
    _close_mended(ctx, pulled.entity, {item.remote_id for item in admitted} - set(outcome.unstored))
    tally.failed += len(unreadable) + len(problems)
    tally.unstored += [problem.remote_id for problem in (*unreadable, *problems)]
    for problem in [*unreadable, *problems]:
        subject = f"{pulled.entity}:{problem.remote_id or 'unknown'}"
        ctx.problem(problem, subject, f"{pulled.entity} {problem.remote_id}".strip(), count=False)
    pulled.after(outcome)
    return tally


def _weigh(
    ctx: RunContext, pulled: Pulled[T], found: Sequence[Reading[T]], unreadable: Sequence[Unreadable]
) -> Tally:
    """Say what taking in the records would do, without doing it."""
    known = known_links(ctx.integration, pulled.entity, [one.record.remote_id for one in found])
    incoming, problems, untouched = _news(ctx, pulled, found, known)
    created = sum(1 for item in incoming if item.remote_id not in known and pulled.admit(item.record))
    changed = sum(1 for item in incoming if item.remote_id in known)
    tally = Tally(
        read=len(found) + len(unreadable),
        unchanged=untouched,
        created=created,
        changed=changed,
        skipped=len(incoming) - created - changed,
        failed=len(problems) + len(unreadable),
    )
    ctx.tally.add(tally)
    return tally


def _news(
    ctx: RunContext, pulled: Pulled[T], found: Sequence[Reading[T]], known: Mapping[str, KnownLink]
) -> tuple[list[Incoming[T]], list[Unreadable], int]:
    """Return the records whose bytes are new here, those of them that cannot be read, and how many are not new.

    The organization's own mapping rules are applied here, after what was translated ahead of its turn: so a rule
    counts from the next page on, and a page without news asks for none.
    """
    incoming: list[Incoming[T]] = []
    problems: list[Unreadable] = []
    untouched = 0
    for one in found:
        link = known.get(one.record.remote_id)
        if link is not None and link.outdates(one.record.updated_at, one.hash):
            untouched += 1
            continue
        outcome = translated(pulled.source, ctx.account, one)
        if isinstance(outcome, Unreadable):
            problems.append(outcome)
        else:
            incoming.append(outcome)
    if incoming:
        mapped = pulled.mapped()
        if mapped is not as_translated:
            incoming = [mapped(item) for item in incoming]
    return incoming, problems, untouched


def _doubtful(ctx: RunContext, incoming: Sequence[Incoming[T]], known: Mapping[str, KnownLink]) -> set[str]:
    """Mark the listed records that differ from a recent reading of the same second; returns their ids.

    Either may be the newer one, for the search trails; only a reading by id can tell.
    """
    unclear = {
        link.id: item.remote_id
        for item in incoming
        if (link := known.get(item.remote_id)) is not None
        and item.updated_at is not None
        and link.updated_at == item.updated_at
        and link.fingerprint != item.fingerprint
    }
    recent = read_within(list(unclear), ctx.lag + GRAIN + DOUBT) if unclear else ()
    keys = {unclear[link_id] for link_id in recent}
    leave_marks(ctx.flow, keys, "two readings of one second differ")
    return keys


def _close_mended(ctx: RunContext, entity: str, remote_ids: set[str]) -> None:
    """Close what was open because these records could not be read or stored: they have been."""
    if remote_ids:
        subjects = [f"{entity}:{remote_id}" for remote_id in sorted(remote_ids)]
        close_exceptions(
            ctx.integration.organization_id, subjects, integration=ctx.integration, codes=MENDED_BY_READING
        )


def _read_marked(ctx: RunContext, pulled: Pulled[T], marks: Sequence[TakenMark]) -> Retry | None:
    """Read marked records by id, which is current to the moment, and settle their marks.

    Where none of them could be read for now, returns why.
    """
    if not marks:
        return None
    answers = pulled.source.by_id([mark.key for mark in marks])
    records: list[RemoteRecord] = []
    gone: list[tuple[str, datetime | None]] = []
    unreadable: list[Unreadable] = []
    later: dict[str, datetime] = {}
    for mark in marks:
        answer = answers.get(mark.key)
        if isinstance(answer, RemoteRecord):
            records.append(answer)
        elif isinstance(answer, Gone):
            gone.append((mark.key, mark.since))
        elif isinstance(answer, Unreadable):
            answer.remote_id = answer.remote_id or mark.key
            unreadable.append(answer)
        elif isinstance(answer, ConnectorError) and not ctx.dry_run:
            later[mark.key] = ctx.now + timedelta(seconds=30 * (1 + mark.attempts))
            if not isinstance(answer, Retry) or mark.attempts >= PATIENT_READS:
                ctx.problem(answer, f"{pulled.entity}:{mark.key}", f"{pulled.entity} {mark.key}")

    def settle(tally: Tally) -> None:
        _close_mended(ctx, pulled.entity, {record.remote_id for record in records} - set(tally.unstored))
        ctx.tally.deleted += pulled.delete(ctx.origin, gone)
        settle_marks(ctx.flow, [mark for mark in marks if mark.key not in later])
        postpone_marks(ctx.flow, later)

    _store(ctx, pulled, [reading(record) for record in records], unreadable, settle, listed=False)
    outages = [answer for answer in answers.values() if isinstance(answer, Retry)]
    return outages[0] if len(outages) == len(marks) else None


def _read_deletions(ctx: RunContext, pulled: Pulled[T], progress: dict[str, object]) -> None:
    """Read what was deleted since the newest deletion seen (the outside system's time), with overlap."""
    newest = datetime.fromisoformat(str(progress["deleted"])) if progress.get("deleted") else None
    since = newest - LEAST_OVERLAP if newest else ctx.flow.start_from
    offset = 0
    while True:
        page = pulled.source.deleted(since, offset)
        if not ctx.dry_run and page.deletions:
            with transaction.atomic():
                ctx.tally.deleted += pulled.delete(
                    ctx.origin, [(item.remote_id, item.at) for item in page.deletions]
                )
                ctx.book_calls()
        newest = max(
            [item.at for item in page.deletions if item.at] + ([newest] if newest else []), default=None
        )
        offset += page.count
        if page.count == 0 or offset >= page.total:
            break
    if newest:
        progress["deleted"] = newest.isoformat()
