"""Changing the figures of a SKU: what arrived, was moved, or is gone; and locking a record against counts.

Each act is a form of its own, which names the SKU and the location; the domain says what is possible, and why not.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from crossdock.hub.models import InventoryRecord, Location
from crossdock.hub.stock import figures
from crossdock.hub.stock.inventory import LONGEST_SKU, InventoryError, sku_is_known
from crossdock.hub.stock.recount import read_value
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out, reason_of
from crossdock.portal.roles import Ability
from crossdock.portal.templatetags.portal import number
from crossdock.portal.views.inventory.grid import stock_locations
from crossdock.portal.words.statuses import FIGURE


def _sku(request: HttpRequest, visit: Visit) -> str:
    sku = request.POST.get("sku", "").strip()
    if not sku or "\x00" in sku or len(sku) > LONGEST_SKU or not sku_is_known(visit.organization.pk, sku):
        raise Http404
    return sku


def _place(request: HttpRequest, visit: Visit, name: str = "location") -> Location:
    """The location that a form names. Raises `InventoryError`, also for one that is not in use."""
    key = request.POST.get(name, "")
    found = next((one for one in stock_locations(visit.organization) if one.key == key), None)
    if found is None:
        raise InventoryError(name, "choose one of the locations that hold stock")
    return found


def _units(request: HttpRequest) -> int:
    value = read_value(request.POST.get("quantity", ""))
    if isinstance(value, str):
        raise InventoryError("quantity", "give whole units")
    return value


def _acted(request: HttpRequest, sku: str, deed: Callable[[], str]) -> HttpResponse:
    back = f"{reverse('portal:inventory-sku')}?{urlencode({'sku': sku})}"
    return carry_out(request, deed, back=back, failures=(InventoryError,))


def of(units: int, sku: str) -> str:
    """Return a number of units of a SKU in words."""
    return f"{number(units)} of {sku}"


def _short(record: InventoryRecord, place: Location) -> str:
    """A warning where orders keep more than is left."""
    if record.available >= 0:
        return ""
    kept = number(record.committed)
    return f" Careful: {number(record.on_hand)} are on hand at {place.name} now, and orders keep {kept}."


def name_of(figure: str) -> str:
    """Return how a figure is called in a sentence, by its name in documents."""
    return FIGURE[figure].label.lower()


@organization_view(Ability.WORK)
@require_POST
def receive(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put units that have arrived on hand, and take them off what was expected."""
    sku = _sku(request, visit)

    def deed() -> str:
        place, units = _place(request, visit), _units(request)
        record = figures.receive_units(
            visit.organization, sku, units, source=request.POST.get("from", "") or None, location=place,
            author=visit.author, reason=reason_of(request) or "received",
        )  # fmt: skip
        return f"{of(units, sku)} arrived at {place.name}: {number(record.on_hand)} are on hand there now."

    return _acted(request, sku, deed)


@organization_view(Ability.WORK)
@require_POST
def move(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Move units between the shelf and what may not be sold, at one location."""
    sku = _sku(request, visit)

    def deed() -> str:
        place, units = _place(request, visit), _units(request)
        source, target = request.POST.get("from", ""), request.POST.get("to", "")
        record = figures.move_units(
            visit.organization, sku, units, source, target, location=place, author=visit.author,
            reason=reason_of(request) or "moved by hand",
        )  # fmt: skip
        return (
            f"{of(units, sku)} at {place.name}: {name_of(source)} → {name_of(target)}.{_short(record, place)}"
        )

    return _acted(request, sku, deed)


@organization_view(Ability.WORK)
@require_POST
def transfer(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Move units from the shelf of one location to another, there already or on their way."""
    sku = _sku(request, visit)

    def deed() -> str:
        source, target = _place(request, visit), _place(request, visit, "to")
        units, arrives = _units(request), request.POST.get("arrives", "")
        here, there = figures.transfer_units(
            visit.organization, sku, units, source, target, arrives=arrives, author=visit.author,
            reason=reason_of(request) or "moved by hand",
        )  # fmt: skip
        left = f"{number(here.on_hand)} are on hand at {source.name} now"
        if arrives == "onHand":
            came = f"and {number(there.on_hand)} at {target.name}"
        else:
            came = f"and {target.name} expects {number(getattr(there, arrives))} ({name_of(arrives)})"
        return f"{of(units, sku)} moved: {left}, {came}.{_short(here, source)}"

    return _acted(request, sku, deed)


@organization_view(Ability.WORK)
@require_POST
def write_off(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take units that are gone off a figure; it is not done without a reason."""
    sku = _sku(request, visit)

    def deed() -> str:
        place, units, source = _place(request, visit), _units(request), request.POST.get("from", "")
        reason = reason_of(request)
        if not reason:
            raise InventoryError("reason", "say what became of them: broken, lost, given away")
        record = figures.write_off_units(
            visit.organization, sku, units, source=source, location=place, author=visit.author, reason=reason
        )
        return f"{of(units, sku)} at {place.name} written off ({name_of(source)}).{_short(record, place)}"

    return _acted(request, sku, deed)


@organization_view(Ability.WORK)
@require_POST
def lock(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Lock a record against counts of warehouses and stores, or let them change it again."""
    sku = _sku(request, visit)

    def deed() -> str:
        place, locked = _place(request, visit), request.POST.get("locked", "")
        if locked not in ("yes", "no"):
            raise InventoryError("locked", "say whether the figure is to be locked or not")
        figures.set_lock(
            visit.organization, sku, locked=locked == "yes", location=place, author=visit.author,
            reason=reason_of(request) or ("locked by hand" if locked == "yes" else "unlocked by hand"),
        )  # fmt: skip
        if locked == "yes":
            return f"{sku} at {place.name} is locked: only people and parcels change it now."
        return f"{sku} at {place.name} is unlocked: counts of warehouses and stores change it again."

    return _acted(request, sku, deed)
