"""What becomes of an integration as a whole: parked when its token dies, disabled, enabled, removed; and its name.

How it gets connected is in `connecting.py`, what its flows do is switched in `switches.py`.
"""

from __future__ import annotations

from django.db import transaction

from crossdock.connectors.errors import Refused
from crossdock.flows.subjects import close_about_flows
from crossdock.hub.events import record_event
from crossdock.hub.exceptions import close_exceptions, open_exception
from crossdock.hub.marks import try_at_once, wake_flow
from crossdock.hub.models import Flow, Import, Integration, Location
from crossdock.hub.places.locations import assign_warehouse

NAME_LENGTH = 200


def park(integration: Integration, reason: str) -> None:
    """Stop all flows of an integration until a person reconnects it; nothing is lost, one exception opens."""
    changed = Integration.objects.filter(pk=integration.pk, state=Integration.State.CONNECTED).update(
        state=Integration.State.ERROR, state_reason=reason[:500]
    )
    integration.state, integration.state_reason = Integration.State.ERROR, reason[:500]
    open_exception(
        integration.organization_id,
        "needsReconnect",
        f"integration:{integration.key}",
        f"{integration.name} must be reconnected: {reason} Its flows wait and lose nothing.",
        entity="integrations",
        integration=integration,
        record_id=integration.pk,
    )
    if changed:
        record_event(
            integration.organization_id,
            "integrations",
            integration.pk,
            "parked",
            author="crossdock",
            reason=reason,
        )


def disable(integration: Integration, author: str) -> None:
    """Stop all flows; cursors, marks and credentials are kept."""
    with transaction.atomic():
        _move(integration, Integration.State.DISABLED, "disabled", author)
        close_about_flows(list(integration.flows.all()), "The integration was disabled.")


def enable(integration: Integration, author: str) -> None:
    """Let the flows of a disabled integration go on where they stood. Raises `Refused`."""
    if integration.state != Integration.State.DISABLED:
        raise Refused(f"{integration.name} is not disabled.", code="notDisabled")
    state = Integration.State.CONNECTED if integration.credentials else Integration.State.NOT_CONFIGURED
    _move(integration, state, "enabled", author)
    for flow in Flow.objects.filter(integration=integration, enabled=True):
        with transaction.atomic():
            wake_flow(flow)


def try_again(integration: Integration) -> int:
    """Have the flows that wait after a failure run at once, as when the account answers again; returns how many."""
    waiting = Flow.objects.filter(integration=integration, enabled=True, not_before__isnull=False)
    with transaction.atomic():
        flows = list(waiting.order_by("pk").select_for_update()) if integration.usable else []
        for flow in flows:
            try_at_once(flow)
    return len(flows)


def remove(integration: Integration, author: str) -> None:
    """Disconnect for good: credentials are erased, flows turned off; orders, links and history stay.

    An unfinished import ends. What a warehouse shipped for is shipped by hand from then on.
    """
    with transaction.atomic():
        _move(integration, Integration.State.REMOVED, "removed", author)
        Integration.objects.filter(pk=integration.pk).update(credentials=None)
        Flow.objects.filter(integration=integration).update(enabled=False)
        close_about_flows(list(integration.flows.all()), "The integration was removed.")
        unfinished = Import.objects.filter(flow__integration=integration)
        unfinished.exclude(state=Import.State.COMPLETED).update(
            state=Import.State.FAILED, message="The integration was removed."
        )
        for location in Location.objects.filter(fulfillment_integration=integration).order_by("pk"):
            assign_warehouse(location, None, author=author)  # what waits there must not wait for nobody
        close_exceptions(
            integration.organization_id,
            [f"integration:{integration.key}"],
            resolution="The integration was removed.",
        )


def rename(integration: Integration, name: str, *, author: str) -> None:
    """Give an integration another name, of its own within the organization. Raises `Refused`."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise Refused(f"Give it a name of 1 to {NAME_LENGTH} characters.", field="name")
    others = Integration.objects.filter(organization_id=integration.organization_id, name__iexact=name)
    if others.exclude(pk=integration.pk).exclude(state=Integration.State.REMOVED).exists():
        raise Refused(f"Another integration is called {name} already; choose another name.", field="name")
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        before, locked.name = locked.name, name
        if before == name:
            return
        locked.save(update_fields=["name", "updated_at"])
        record_event(
            locked.organization_id, "integrations", locked.pk, "renamed", author=author,
            before={"name": before}, after={"name": name},
        )  # fmt: skip
    integration.name = name


def _move(integration: Integration, state: str, operation: str, author: str) -> None:
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        before, locked.state, locked.state_reason = locked.state, state, ""
        locked.save(update_fields=["state", "state_reason", "updated_at"])
        record_event(
            locked.organization_id,
            "integrations",
            locked.pk,
            operation,
            author=author,
            before={"state": before},
            after={"state": state},
        )
    integration.state, integration.state_reason = state, ""
