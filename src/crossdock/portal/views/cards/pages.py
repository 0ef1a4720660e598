"""Routing cards: the list in the order in which they are tried, one card, and what routing would decide now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from crossdock.hub import listing
from crossdock.hub.models import Event, Location, RoutingCard
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.filter_rows import (
    Row,
    field_choices,
    filters_of,
    given_rows,
    in_words,
    operator_choices,
    rows_of,
)
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.routing.card_book import CardError, put_card
from crossdock.routing.trying import open_orders, try_orders

TRIED_ON = 50
EMPTY_PLACES = 2
EMPTY_REGIONS = 2


@dataclass(frozen=True)
class Region:
    """A region as a row of the form: a country, and parts of it, separated by commas."""

    country: str = ""
    states: str = ""
    prefixes: str = ""
    ranges: str = ""


@dataclass
class Wish:
    """A card as it stands in the form: as stored, or as it was sent."""

    name: str = ""
    enabled: bool = True
    match: str = "all"
    rows: Sequence[Row] = ()
    regions: Sequence[Region] = ()
    places: Sequence[str] = field(default_factory=list)
    check_stock: bool = True
    allow_split: bool = False
    send_future: bool = False


def card_of(visit: Visit, pk: int) -> RoutingCard:
    """Return a card of the organization. Raises `Http404`."""
    query = RoutingCard.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("organization").prefetch_related("places__location"))


@organization_view()
@require_safe
def cards(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the cards in the order in which they are tried."""
    rows = listing.routing_cards(visit.organization)
    context = {
        "lines": [(card, in_words(card.filters, card.match), _reach(card)) for card in rows],
        "number": len(rows),
        "default": visit.organization.locations.filter(is_default=True).first(),
    }
    return show(request, visit, "portal/cards/list.html", context)


def _reach(card: RoutingCard) -> str:
    countries = dict.fromkeys(str(region["country"]) for region in card.regions)
    return ", ".join(countries) or "everywhere"


@organization_view()
@require_safe
def trial(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what routing would decide now on the open orders that have no place yet; nothing is changed."""
    orders = open_orders(visit.organization, TRIED_ON)
    context = {"tried": try_orders(visit.organization, orders), "most": TRIED_ON}
    return show(request, visit, "portal/cards/trial.html", context)


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make a card; it comes last."""
    return _edit(request, visit, None)


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one card, and change it."""
    return _edit(request, visit, card_of(visit, pk))


def _edit(request: HttpRequest, visit: Visit, stored: RoutingCard | None) -> HttpResponse:
    error = ""
    subject = Subject("routingCards", stored.pk) if stored else None
    mark = request.POST.get(AS_OF) or as_of(visit, subject)
    wish = _sent(request.POST) if request.method == "POST" else _stored(stored)
    if request.method == "POST":
        try:
            with unless_changed(request, visit, subject):
                kept = put_card(visit.organization, _document(visit, wish, stored), author=visit.author)
        except ChangedMeanwhileError as refusal:
            error, mark = str(refusal), refusal.as_of
        except CardError as refusal:
            error = str(refusal)
        else:
            messages.success(
                request, f"Card “{kept.name}” is stored; orders that found no place are tried again."
            )
            return redirect("portal:cards")
    context = {
        AS_OF: mark,
        "card": stored,
        "wish": wish,
        "rows": [*wish.rows, *rows_of([])] if request.method == "POST" else wish.rows,
        "regions": [*wish.regions, *[Region()] * EMPTY_REGIONS],
        "places": [*wish.places, *[""] * EMPTY_PLACES],
        "locations": visit.organization.locations.filter(kind=Location.Kind.STOCK)
        .exclude(status=Location.Status.MERGED).order_by("name"),
        "error": error,
        "fields": field_choices(),
        "operators": operator_choices(),
        "events": _events(visit, stored),
    }  # fmt: skip
    return show(request, visit, "portal/cards/one.html", context, status=400 if error else 200)


def _events(visit: Visit, stored: RoutingCard | None) -> QuerySet[Event] | None:
    if stored is None:
        return None
    rows = Event.objects.filter(organization=visit.organization, entity="routingCards", record_id=stored.pk)
    return rows.order_by("-pk")[:20]


def _stored(card: RoutingCard | None) -> Wish:
    if card is None:
        return Wish(rows=rows_of([]))
    return Wish(
        name=card.name, enabled=card.enabled, match=card.match, rows=rows_of(card.filters),
        regions=[_region(one) for one in card.regions],
        places=[place.location.key for place in card.places.all()],
        check_stock=card.check_stock, allow_split=card.allow_split, send_future=card.send_future,
    )  # fmt: skip


def _region(stored: Mapping[str, object]) -> Region:
    ranges = stored.get("postalRanges")
    pairs = ranges if isinstance(ranges, list) else []
    return Region(
        str(stored["country"]), _listed(stored.get("states")), _listed(stored.get("postalPrefixes")),
        ", ".join(f"{one['from']}-{one['to']}" for one in pairs),
    )  # fmt: skip


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else ""


def _sent(post: QueryDict) -> Wish:
    columns = (post.getlist(name) for name in ("country", "states", "prefixes", "ranges"))
    regions = [Region(*(part.strip() for part in row)) for row in zip(*columns, strict=False)]
    return Wish(
        name=post.get("name", ""), enabled=post.get("enabled") == "on", match=post.get("match", "all"),
        rows=given_rows(post), regions=[one for one in regions if one != Region()],
        places=[key for key in post.getlist("place") if key], check_stock=post.get("checkStock") == "on",
        allow_split=post.get("allowSplit") == "on", send_future=post.get("sendFuture") == "on",
    )  # fmt: skip


def _document(visit: Visit, wish: Wish, stored: RoutingCard | None) -> dict[str, object]:
    """Return the card that the form describes, as `put_card` takes it. Raises `CardError`."""
    name = wish.name.strip() if stored is None else stored.name
    if stored is None and RoutingCard.objects.filter(organization=visit.organization, name=name).exists():
        raise CardError("name", f"there is a card called {name!r}; choose another name, or change that one")
    return {
        "name": name,
        "enabled": wish.enabled,
        "match": wish.match,
        "filters": filters_of(wish.rows),
        "regions": [
            {
                "country": one.country, "states": _parts(one.states), "postalPrefixes": _parts(one.prefixes),
                "postalRanges": _parts(one.ranges),
            }
            for one in wish.regions
        ],
        "locations": list(wish.places),
        "checkStock": wish.check_stock,
        "allowSplit": wish.allow_split,
        "sendFuture": wish.send_future,
    }  # fmt: skip


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
