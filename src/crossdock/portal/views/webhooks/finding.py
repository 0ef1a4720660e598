"""Finding a webhook within the organization of whoever looks."""

from __future__ import annotations

from django.http import Http404

from crossdock.hub.models import Webhook
from crossdock.portal.access import Visit


def webhook_of(visit: Visit, pk: int) -> Webhook:
    """Return the webhook with this row number; another organization's does not exist."""
    found = (
        Webhook.objects.select_related("organization").filter(organization=visit.organization, pk=pk).first()
    )
    if found is None:
        raise Http404
    return found
