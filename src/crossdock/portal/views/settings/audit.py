"""The audit log, and taking it along as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from crossdock.hub.listing.audit import audit, audit_all
from crossdock.hub.members import author_of
from crossdock.hub.models import Event, Membership
from crossdock.hub.spreadsheets import BYTE_ORDER_MARK, Line, text_cell
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.roles import Ability
from crossdock.portal.views import asked

KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "people": ("People and logins", ("users", "invitations")),
    "organization": ("The organization", ("organizations",)),
    "keys": ("API keys and webhooks", ("apiKeys", "webhooks")),
    "notifications": ("Notifications", ("notifications",)),
    "connections": ("Integrations", ("integrations",)),
    "rules": ("Rules and routing", ("orderRules", "routingCards")),
}


@organization_view(Ability.ADMINISTER)
@require_safe
def log(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was done, newest first."""
    chosen = _chosen(request, visit)
    page = asked.paged(request, lambda cursor: audit(visit.organization, **chosen, cursor=cursor))
    context = {
        "tab": "audit",
        "page": page,
        "kinds": [(key, label) for key, (label, _) in KINDS.items()],
        "people": _people(visit),
        "kind": asked.one_of(request, "kind", KINDS),
        "by": chosen["author"],
        "since": chosen["since"],
        "until": asked.day(request, "until"),
        "names": _names(visit, page.rows),
    }
    return show(request, visit, "portal/settings/audit.html", context)


@organization_view(Ability.ADMINISTER)
@require_safe
def export(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Stream what the filter leaves as CSV, times in UTC."""
    rows = audit_all(visit.organization, **_chosen(request, visit))
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return cast("HttpResponse", answer)


def _lines(rows: Iterator[Event]) -> Iterator[str]:
    writer = csv.writer(Line())
    heading = ["time", "author", "about", "id", "what", "reason", "before", "after"]
    yield BYTE_ORDER_MARK + writer.writerow(heading)
    for row in rows:
        cells = [
            row.created_at.isoformat(timespec="seconds"), row.author, row.entity, f"{row.record_id:016x}",
            row.operation, row.reason, _json(row.before), _json(row.after),
        ]  # fmt: skip
        yield writer.writerow([text_cell(cell) for cell in cells])


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _chosen(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    kind = asked.one_of(request, "kind", KINDS)
    return {
        "entities": KINDS[kind][1] if kind else (),
        "author": asked.one_of(request, "by", [author for author, _ in _people(visit)]),
        "since": asked.day(request, "since"),
        "until": asked.day(request, "until", after=1),
    }


def _people(visit: Visit) -> list[tuple[str, str]]:
    found = Membership.objects.filter(organization=visit.organization).select_related("user").order_by("pk")
    return [(author_of(one.user), one.user.get_username()) for one in found]


def _names(visit: Visit, rows: list[Event]) -> dict[int, str]:
    """What the members are called that events are about."""
    about = {row.record_id for row in rows if row.entity == "users"}
    found = Membership.objects.filter(organization=visit.organization, pk__in=about)
    return dict(found.values_list("pk", "user__username"))
