"""Lists of what ran, what happened and what needs attention; and of the integrations themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crossdock.hub.listing.causes import exceptions_of
from crossdock.hub.listing.paging import NEWEST, USUAL_PAGE, Key, Page, checked, page_of
from crossdock.hub.models import (
    Delivery,
    ExceptionCase,
    Flow,
    Integration,
    LedgerEntry,
    Organization,
    Run,
)

OLDEST = (Key("id", int, down=False),)


def integrations(
    organization: Organization, *, removed: bool = False, limit: int = USUAL_PAGE, cursor: str | None = None
) -> Page[Integration]:
    """List integrations, oldest first; those removed only if asked for. Two queries a page."""
    query = Integration.objects.filter(organization=organization)
    if not removed:
        query = query.exclude(state=Integration.State.REMOVED)
    return page_of(query.select_related("organization").prefetch_related("flows"), OLDEST, limit, cursor)


def runs(
    organization: Organization,
    *,
    integration: Integration | None = None,
    entity: str = "",
    outcome: Sequence[str] = (),
    since: datetime | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Run]:
    """List runs of flows, newest first. Two queries a page."""
    flows = Flow.objects.filter(integration__organization=organization)
    if integration is not None:
        flows = flows.filter(integration=integration)
    if entity:
        flows = flows.filter(entity=entity)
    # Through the flows' own numbers: there are few, and runs are indexed by flow.
    query = Run.objects.filter(flow_id__in=list(flows.values_list("pk", flat=True)))
    if outcome:
        query = query.filter(outcome__in=checked("outcome", outcome, Run.Outcome.values))
    if since is not None:
        query = query.filter(created_at__gte=since)
    return page_of(query.select_related("flow__integration"), NEWEST, limit, cursor)


def deliveries(
    organization: Organization,
    *,
    integration: Integration | None = None,
    entity: str = "",
    rejected: bool = False,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Delivery]:
    """List deliveries, newest first; only those refused or with rejected rows where asked for. Two queries a page."""
    integrations_of = Integration.objects.filter(organization=organization)
    if integration is not None:
        integrations_of = integrations_of.filter(pk=integration.pk)
    query = Delivery.objects.filter(integration_id__in=list(integrations_of.values_list("pk", flat=True)))
    if entity:
        query = query.filter(entity=entity)
    if rejected:
        query = query.exclude(rejects=[], refusal="")
    return page_of(query.select_related("integration"), NEWEST, limit, cursor)


def exceptions(
    organization: Organization,
    *,
    status: Sequence[str] = ("active",),
    code: str = "",
    entity: str = "",
    integration: Integration | None = None,
    flow: Flow | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[ExceptionCase]:
    """List what needs attention, newest first: what is open, unless other `status` are asked for.

    `since` ≤ opened < `until`.
    """
    query = exceptions_of(
        organization,
        status=status,
        code=code,
        entity=entity,
        integration=integration,
        flow=flow,
        since=since,
        until=until,
    )
    return page_of(query.select_related("integration", "flow__integration"), NEWEST, limit, cursor)


def ledger(
    organization: Organization, sku: str, *, limit: int = USUAL_PAGE, cursor: str | None = None
) -> Page[LedgerEntry]:
    """List what changed the stock figures of `sku`, newest first, over all locations."""
    query = LedgerEntry.objects.filter(record__organization=organization, record__sku=sku)
    return page_of(query.select_related("record__location"), NEWEST, limit, cursor)
