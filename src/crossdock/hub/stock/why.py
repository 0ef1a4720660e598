"""Why a store shows the number that it shows: our sum, who keeps what of it, and what the store itself said.

The sum is `availability`'s. Beside it stand the places that it is made of, the orders that take from it, the last push
with the store's answer, the figure that was read back, and whether the two agree now; if not, what is waited for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from crossdock.hub.models import (
    Attempt,
    ExceptionCase,
    Flow,
    Integration,
    InventoryRecord,
    Link,
    Location,
    Mark,
    Organization,
    Product,
    Reservation,
    pk_of,
)
from crossdock.hub.stock.availability import ChannelFigure, channel_figures
from crossdock.hub.stock.feeding import SETTING, feeding_locations
from crossdock.hub.stock.inventory import InventoryError

Verdict = Literal["agrees", "waits", "differs", "off"]
MOST_ORDERS = 50
ATTEMPTS_BACK = 200
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """One record that could be part of the sum. `left_out` says why it is not; empty where it is."""

    record: InventoryRecord
    left_out: str


@dataclass(frozen=True)
class Push:
    """The last figure that was sent for one listing: `before` and `quantity` are the store's, in units."""

    at: datetime | None
    before: int | None
    delta: int | None
    quantity: int | None
    run_id: int | None
    warning: str


@dataclass(frozen=True)
class Tried:
    """The last write that was claimed for one listing, and what the store answered; none yet if it was interrupted."""

    at: datetime
    delta: int | None
    answer: str
    run_id: int


@dataclass(frozen=True)
class ListingReason:
    """One place in the store where the SKU is sold, and how its number stands to ours.

    `shown` is what the store was last seen to show, `read_back` when that was confirmed after a push.
    """

    remote_id: str
    push: Push | None
    tried: Tried | None
    shown: int | None
    seen_at: datetime | None
    read_back: datetime | None
    verdict: Verdict
    sentence: str


@dataclass(frozen=True)
class ChannelReason:
    """One store's number for one SKU. `figure` is None where a setting is malformed: `problem` says which."""

    integration: Integration
    flow: Flow | None
    figure: ChannelFigure | None
    problem: str
    sources: tuple[Source, ...]
    listings: tuple[ListingReason, ...]
    mark: Mark | None
    cases: tuple[ExceptionCase, ...]

    @property
    def listed(self) -> bool:
        """Whether the store sells the SKU, as far as is known here."""
        return bool(self.listings)


def channel_reasons(organization: Organization, sku: str) -> list[ChannelReason]:
    """Return why each integration that lists `sku`, or pushes stock, is to show its number; those that list it first.

    A handful of queries for each integration. Nothing outside is asked.
    """
    integrations = (
        Integration.objects.filter(organization=organization)
        .exclude(state=Integration.State.REMOVED).select_related("organization").order_by("pk")
    )  # fmt: skip
    product = Product.objects.filter(organization=organization, sku=sku).first() if sku else None
    skus = [sku, *(product.bundle_items.order_by("sku").values_list("sku", flat=True) if product else ())]
    records = list(
        InventoryRecord.objects.filter(organization=organization, sku__in=skus)
        .select_related("location").order_by("sku", "location_id")
    )  # fmt: skip
    reasons = []
    for integration in integrations:
        links = _links(integration, product)
        flow = Flow.objects.filter(integration=integration, entity="inventory", direction="push").first()
        if links or flow is not None:
            reasons.append(_channel(integration, flow, sku, links, records))
    return sorted(reasons, key=lambda reason: not reason.listed)


def reserving(records: Sequence[InventoryRecord]) -> list[Reservation]:
    """Return the newest reservations of `records` with their orders, at most `MOST_ORDERS`; one query."""
    found = Reservation.objects.filter(record__in=[record.pk for record in records])
    related = found.select_related("record__location", "line__order", "request_line__request")
    return list(related.order_by("-pk")[:MOST_ORDERS])


def _links(integration: Integration, product: Product | None) -> list[Link]:
    if product is None:
        return []
    return list(
        Link.objects.filter(
            integration=integration, entity="products", record_id=product.pk, tombstoned_at=None
        ).order_by("pk")
    )


def _channel(
    integration: Integration, flow: Flow | None, sku: str, links: Sequence[Link], records: Sequence[InventoryRecord]
) -> ChannelReason:  # fmt: skip
    figure, problem = None, ""
    try:
        figure = channel_figures(integration, [sku])[sku]
        sources = _sources(integration, records)
    except InventoryError as error:
        problem, sources = str(error), ()
    mark = Mark.objects.filter(flow=flow, key=sku).first() if flow is not None else None
    cases = tuple(
        ExceptionCase.objects.filter(
            integration=integration, status=ExceptionCase.Status.ACTIVE,
            subject__in=[f"inventory:{sku}", *([f"flow:{flow.key}:guard"] if flow is not None else [])],
        ).order_by("-pk")
    )  # fmt: skip
    listings = tuple(_listing(link, integration, flow, figure, mark, cases) for link in links)
    return ChannelReason(integration, flow, figure, problem, sources, listings, mark, cases)


def _sources(integration: Integration, records: Sequence[InventoryRecord]) -> tuple[Source, ...]:
    """Return the records of places that are there still: what a merged location had is part of another's figure."""
    feeding = set(feeding_locations(integration).values_list("pk", flat=True))
    excluded = set(integration.excluded_locations.values_list("pk", flat=True))
    return tuple(
        Source(
            record, "" if record.location_id in feeding else _left_out(record.location, integration, excluded)
        )
        for record in records
        if record.location.status != Location.Status.MERGED
    )


def _left_out(location: Location, integration: Integration, excluded: set[int]) -> str:
    """Why a location does not feed an integration, in the words of its settings."""
    if location.kind != Location.Kind.STOCK:
        return "a pick-up point holds no stock"
    if location.status != Location.Status.ACTIVE:
        return "the location is not active"
    if location.exclude_from_totals:
        return "the location is excluded from totals"
    if location.pk in excluded:
        return f"the location is excluded for {integration.name}"
    return f"{integration.name} is fed from other locations only ({SETTING})"


def _listing(
    link: Link, integration: Integration, flow: Flow | None, figure: ChannelFigure | None, mark: Mark | None,
    cases: Sequence[ExceptionCase],
) -> ListingReason:  # fmt: skip
    known: Mapping[str, object] = link.known or {}
    how, shown, seen_at = _last_seen(known)
    verdict, sentence = _verdict(integration, flow, figure, shown, mark, cases, waits=how == "observed")
    return ListingReason(
        link.remote_id, _push(link.sent), _tried(flow, link.remote_id), shown, seen_at,
        _moment(known.get("readBack")), verdict, sentence,
    )  # fmt: skip


_SEEN = (("agreed", "agreedAt"), ("quantity", "at"), ("observed", "observedAt"))
"""What a link remembers of a store's figure: it was right as it stood, we left it there, or a raise waits for it."""


def _last_seen(known: Mapping[str, object]) -> tuple[str, int | None, datetime | None]:
    """How the store's figure was last seen, what it was, and when; of two at one moment the later in `_SEEN`."""
    seen = [(_moment(known.get(at)), how) for how, at in _SEEN if isinstance(known.get(how), int)]
    if not seen:
        return "", None, None
    when, how = max(enumerate(seen), key=lambda one: (one[1][0] or _LONG_AGO, one[0]))[1]
    return how, _units(known.get(how)), when


def _verdict(
    integration: Integration, flow: Flow | None, figure: ChannelFigure | None, shown: int | None,
    mark: Mark | None, cases: Sequence[ExceptionCase], *, waits: bool,
) -> tuple[Verdict, str]:  # fmt: skip
    """Whether both sides agree, and what is waited for if they do not. Pure, but for what it is given."""
    name = integration.name
    if figure is None:
        return "differs", "The sum cannot be made until the setting named below is mended."
    if off := _off(integration, flow, figure):
        return "off", off
    if cases:
        return "differs", "Something stands in the way; see the exception below."
    if shown == figure.quantity and mark is None:
        return (
            "agrees",
            f"Both sides agree: {name} was last seen to show {shown}, and that is what it is to show.",
        )
    if waits:
        return "waits", (
            f"{name} shows {shown}, which is not what was left there. Perhaps a sale whose order has not come in yet: "
            "the number is raised only when the order is here, or when it has stood still long enough."
        )
    if mark is not None:
        return "waits", f"A push is queued because: {mark.reason}. It will bring {name} to {figure.quantity}."
    if shown is None:
        return "differs", f"The figure of {name} has never been read, and no push is queued. Push it now."
    return (
        "differs",
        f"{name} was last seen to show {shown}, not {figure.quantity}, and no push is queued. Push it now.",
    )


def _off(integration: Integration, flow: Flow | None, figure: ChannelFigure) -> str:
    """Why no number is sent at all; empty where one is."""
    name = integration.name
    if flow is None or not flow.enabled:
        return f"Nothing is sent: pushing stock to {name} is switched off."
    if integration.state != Integration.State.CONNECTED:
        return f"Nothing is sent while {name} is not connected. Nothing is lost: connect it again."
    if figure.hold:
        return "Nothing is sent: this SKU is held back from this store by hand."
    if figure.state == "unknown":
        return "Nothing is sent: nobody has counted it where it feeds this store. Count it, and it is sent."
    if figure.state == "unlimited":
        return "No number is sent: the SKU is unlimited here."
    return ""


def _push(sent: Mapping[str, object] | None) -> Push | None:
    if not sent:
        return None
    return Push(
        _moment(sent.get("at")), _units(sent.get("before")), _units(sent.get("delta")), _units(sent.get("quantity")),
        _run(sent.get("run")), str(sent.get("warning") or ""),
    )  # fmt: skip


def _tried(flow: Flow | None, remote_id: str) -> Tried | None:
    """The newest write of this listing among the flow's last `ATTEMPTS_BACK`; older ones nobody asks for."""
    if flow is None:
        return None
    newest = Attempt.objects.filter(flow=flow).order_by("-pk").values("pk")[:ATTEMPTS_BACK]
    attempt = (
        Attempt.objects.filter(pk__in=newest, plan__contains=[{"remoteId": remote_id}])
        .order_by("-pk")
        .first()
    )
    if attempt is None:
        return None
    planned: Mapping[str, object] = next(
        (entry for entry in attempt.plan if entry.get("remoteId") == remote_id), {}
    )
    outcome: Mapping[str, object] = attempt.outcome or {}
    answer = str(outcome.get(remote_id) or outcome.get("interrupted") or "")
    return Tried(attempt.created_at, _units(planned.get("delta")), answer, attempt.run_id)


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _units(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _run(key: object) -> int | None:
    return pk_of(key) if isinstance(key, str) and key else None
