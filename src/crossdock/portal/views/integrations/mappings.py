"""How records of an account meet those of the hub: locations, SKUs, statuses and fields."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.connectors.contract import Manifest
from crossdock.flows.mapping_table import may_have_rules, own_only, table
from crossdock.hub.listing import accounts
from crossdock.hub.models import Event, Integration, Link, Location, Product
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, text
from crossdock.portal.views.integrations.shell import around, found, manifest_of
from crossdock.portal.words.flows import noun

CHANGES = ("mappingAdded", "mappingChanged", "mappingRemoved", "mappingsApplied")
HISTORY = 10
SHOWN = {"locations": "Locations", "skus": "SKUs", "statuses": "Statuses", "fields": "Fields"}


@dataclass(frozen=True)
class Joined:
    """One link with the record that it leads to; None where that is gone."""

    link: Link
    record: Location | Product | None


@organization_view()
@require_safe
def mappings(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one of the mappings; locations first."""
    one = found(visit, pk)
    context = around(visit, one, "integrations-mappings")
    chosen = one_of(request, "show", SHOWN) or "locations"
    context |= {"shown": SHOWN, "chosen": chosen}
    manifest = manifest_of(one)
    if chosen == "locations":
        context["places"] = _places(one)
        context["ships_for"] = list(Location.objects.filter(fulfillment_integration=one).order_by("name"))
    elif chosen == "skus":
        search = text(request, "q")
        page = paged(request, lambda cursor: accounts.links(one, "products", search=search, cursor=cursor))
        products = Product.objects.select_related("parent").in_bulk([link.record_id for link in page.rows])
        context |= {
            "page": page,
            "joined": [Joined(link, products.get(link.record_id)) for link in page.rows],
            "search": search,
        }
    elif chosen == "statuses":
        statuses = manifest.statuses if manifest is not None else ()
        fields = list(dict.fromkeys(rule.field for rule in statuses))
        context["statuses"] = [
            (field, [rule for rule in statuses if rule.field == field]) for field in fields
        ]
    else:
        context |= _fields(request, visit, one, manifest)
    return show(request, visit, "portal/integrations/mappings.html", context)


def _fields(
    request: HttpRequest, visit: Visit, one: Integration, manifest: Manifest | None
) -> dict[str, object]:
    """Return the mapping of fields: of orders with one's own rules beside it, of others as the connector does it."""
    rules = manifest.fields if manifest is not None else ()
    mapped = may_have_rules(one)
    entities = dict.fromkeys(rule.entity for rule in rules if not mapped or rule.entity != "orders")
    context: dict[str, object] = {
        "fields": [(noun(entity), [rule for rule in rules if rule.entity == entity]) for entity in entities],
        "mapped": mapped,
    }
    if mapped:
        rows = table(one)
        only = one_of(request, "own", ("yes",)) == "yes"
        changes = Event.objects.filter(entity="integrations", record_id=one.pk, operation__in=CHANGES)
        context |= {
            "rows": own_only(rows) if only else rows,
            "own_only": only,
            "may_map": visit.may["map"],
            "history": changes.order_by("-pk")[:HISTORY],
        }
    return context


def _places(integration: Integration) -> list[Joined]:
    links = list(Link.objects.filter(integration=integration, entity="locations").order_by("remote_id")[:500])
    rows = Location.objects.select_related("merged_into").in_bulk([link.record_id for link in links])
    return [Joined(link, rows.get(link.record_id)) for link in links]
