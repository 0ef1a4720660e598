"""Lists of what happened on one account: its links, calls, webhooks and imports."""

from __future__ import annotations

from django.db.models import Q

from crossdock.hub.listing.paging import NEWEST, USUAL_PAGE, Key, Page, page_of
from crossdock.hub.models import (
    Flow,
    Import,
    Integration,
    Link,
    Organization,
    Product,
    RemoteCall,
    WebhookDelivery,
)

BY_REMOTE_ID = (Key("remote_id", str, down=False),)


def links(
    integration: Integration,
    entity: str,
    *,
    search: str = "",
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Link]:
    """List the links of an account, by their ids there; those of products by id, or by a part of the SKU."""
    query = Link.objects.filter(integration=integration, entity=entity)
    if search:
        wanted = Q(remote_id=search)
        if entity == "products":
            units = Product.objects.filter(organization_id=integration.organization_id, sku__icontains=search)
            wanted |= Q(record_id__in=units.values("pk"))
        query = query.filter(wanted)
    return page_of(query, BY_REMOTE_ID, limit, cursor)


def remote_calls(
    integration: Integration, *, failed: bool = False, limit: int = USUAL_PAGE, cursor: str | None = None
) -> Page[RemoteCall]:
    """List the calls that are kept, newest first; only those without a good answer where asked for."""
    query = RemoteCall.objects.filter(integration=integration)
    if failed:
        query = query.filter(Q(status__gte=400) | Q(status=0))
    return page_of(query, NEWEST, limit, cursor)


def webhooks_received(
    integration: Integration, *, limit: int = USUAL_PAGE, cursor: str | None = None
) -> Page[WebhookDelivery]:
    """List the webhooks that came from an account, newest first."""
    return page_of(WebhookDelivery.objects.filter(integration=integration), NEWEST, limit, cursor)


def imports(
    organization: Organization,
    *,
    integration: Integration | None = None,
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
) -> Page[Import]:
    """List imports of history, newest first."""
    flows = Flow.objects.filter(integration__organization=organization)
    if integration is not None:
        flows = flows.filter(integration=integration)
    query = Import.objects.filter(flow_id__in=list(flows.values_list("pk", flat=True)))
    return page_of(query.select_related("flow__integration"), NEWEST, limit, cursor)
