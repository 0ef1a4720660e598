"""How records of an account meet those of the hub: locations, SKUs, statuses and fields."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub.listing import accounts
from crossdock.hub.models import Integration, Link, Location, Product
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.views.asked import one_of, paged, text
from crossdock.portal.views.integrations.shell import around, found, manifest_of
from crossdock.portal.words.flows import noun

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
        rules = manifest.fields if manifest is not None else ()
        entities = list(dict.fromkeys(rule.entity for rule in rules))
        context["fields"] = [
            (noun(entity), [rule for rule in rules if rule.entity == entity]) for entity in entities
        ]
    return show(request, visit, "portal/integrations/mappings.html", context)


def _places(integration: Integration) -> list[Joined]:
    links = list(Link.objects.filter(integration=integration, entity="locations").order_by("remote_id")[:500])
    rows = Location.objects.select_related("merged_into").in_bulk([link.record_id for link in links])
    return [Joined(link, rows.get(link.record_id)) for link in links]
