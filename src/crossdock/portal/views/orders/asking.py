"""What the list of orders was asked for: read from its address, so that a view, a page and an export are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from crossdock.hub.listing import SORTS, OrderFilters
from crossdock.hub.models import Integration, Location, Order
from crossdock.portal.access import Visit
from crossdock.portal.amounts import two_readings, written
from crossdock.portal.views.asked import day, one_of, record_of, text
from crossdock.portal.words.statuses import ORDER

NAMES = (
    "q", "status", "source", "location", "tag", "since", "until", "least", "most", "trouble", "route", "sort",
)  # fmt: skip
"""The filters, as they are called in the address."""
ROUTES = {"none": Order.Routing.FAILED, "again": Order.Routing.READY}
"""What `route` may ask for: orders that found no place, and those that a person has to give to routing again."""
LARGEST = Decimal(10) ** 15
RECENT = 300
"""One sign with three digits behind it: thousands in one country, decimals in the next."""


@dataclass(frozen=True)
class Asked:
    """What is wanted: the filters of the domain, the sort, and the same as it stands in an address (`query`).

    `unclear` says of each amount that is none that it narrows nothing down.
    """

    filters: OrderFilters
    sort: str
    query: str
    unclear: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return self.filters != OrderFilters()


def asked_for(request: HttpRequest, sources: list[Integration], locations: list[Location]) -> Asked:
    """Return what a list was asked for. What makes no sense is ignored, never an error page."""
    status = tuple(value for value in dict.fromkeys(request.GET.getlist("status")) if value in ORDER)
    trouble = one_of(request, "trouble", ("yes", "no"))
    route = one_of(request, "route", ROUTES)
    filters = OrderFilters(
        status=status,
        routing_status=(ROUTES[route],) if route else (),
        integration=record_of(request, "source", sources),
        location=record_of(request, "location", locations),
        tag=text(request, "tag"),
        since=day(request, "since"),
        until=day(request, "until", after=1),
        total_from=_amount(request, "least"),
        total_to=_amount(request, "most"),
        troubled=None if not trouble else trouble == "yes",
        search=text(request, "q"),
    )
    sort = one_of(request, "sort", SORTS) or "newest"
    return Asked(filters, sort, _query(filters, request), tuple(_unclear(request, filters)))


def _unclear(request: HttpRequest, filters: OrderFilters) -> Iterator[str]:
    amounts = (("least", "Total from", filters.total_from), ("most", "Total to", filters.total_to))
    for name, title, amount in amounts:
        given = text(request, name)
        if readings := two_readings(given):
            yield (
                f"{title}: “{given}” may mean {' or '.join(readings)}, so it leaves nothing out. "
                "Write it in one of these ways."
            )
        elif given and amount is None:
            yield f"{title}: “{given}” is no amount, so it leaves nothing out. Write it like 1234.50."


def _amount(request: HttpRequest, name: str) -> Decimal | None:
    """Return an amount, with a decimal comma or point; None where there is none, or where it may be two."""
    given = request.GET.get(name, "").strip()
    if two_readings(given):
        return None
    if "," in given and "." not in given:
        given = given.replace(",", ".")
    try:
        amount = Decimal(given)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < LARGEST else None


def _query(filters: OrderFilters, request: HttpRequest) -> str:
    pairs: list[tuple[str, str]] = [("q", filters.search), *(("status", value) for value in filters.status)]
    pairs.append(("source", filters.integration.key if filters.integration else ""))
    pairs.append(("location", filters.location.key if filters.location else ""))
    pairs += [
        ("tag", filters.tag),
        ("since", _date(filters.since)),
        ("until", _date(day(request, "until"))),
        ("least", written(filters.total_from)),
        ("most", written(filters.total_to)),
        ("trouble", "" if filters.troubled is None else ("yes" if filters.troubled else "no")),
        ("route", one_of(request, "route", ROUTES)),
        ("sort", one_of(request, "sort", SORTS)),
    ]
    return urlencode([(name, value) for name, value in pairs if value])


def _date(value: datetime | None) -> str:
    return "" if value is None else f"{timezone.localtime(value):%Y-%m-%d}"


def sources_of(visit: Visit) -> list[Integration]:
    """Return the integrations that orders may have come from."""
    return list(
        visit.organization.integrations.exclude(state=Integration.State.NOT_CONFIGURED).order_by("name")
    )


def locations_of(visit: Visit) -> list[Location]:
    """Return the locations that orders may ship from."""
    return list(visit.organization.locations.filter(kind=Location.Kind.STOCK).order_by("name"))


def recent_tags(visit: Visit) -> list[str]:
    """Return the tags of the newest orders, to choose from: reading all of them would take long."""
    newest = Order.objects.filter(organization=visit.organization)
    rows = newest.order_by("-ext_order_created_at", "-id").values_list("tags", flat=True)[:RECENT]
    return sorted({str(tag) for tags in rows if isinstance(tags, list) for tag in tags})
