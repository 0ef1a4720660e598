"""Why a flow may not run now, in words: its integration, its switch, or locations that are not known yet."""

from __future__ import annotations

from crossdock.hub.models import Flow, Integration


def obstacle(flow: Flow) -> str:
    """Return why `flow` may not run now; empty when it may."""
    integration = flow.integration
    integration.refresh_from_db()
    pulls_orders = (flow.entity, flow.direction) == ("orders", "pull")
    return hindrance(flow, located=not pulls_orders or _locations_known(integration))


def hindrance(flow: Flow, *, located: bool) -> str:
    """Return why `flow` may not run, as it and its integration stand in memory; empty when it may.

    `located` says whether the integration's locations have been pulled once.
    """
    integration = flow.integration
    if not integration.usable:
        if integration.state == Integration.State.ERROR:
            return f"The connection has to be renewed. {integration.state_reason}".strip()
        return f"The integration is {integration.get_state_display().lower()}. {integration.state_reason}".strip()
    if not flow.enabled:
        return "The flow is disabled."
    if (flow.entity, flow.direction) == ("orders", "pull") and not located:
        return "Orders wait until the locations have been pulled once."
    return ""


def shows_locations(flow: Flow) -> bool:
    """Return whether `flow` is what pulls locations, and has done so once."""
    return (flow.entity, flow.direction) == ("locations", "pull") and flow.last_success_at is not None


def _locations_known(integration: Integration) -> bool:
    return Flow.objects.filter(
        integration=integration, entity="locations", direction="pull", last_success_at__isnull=False
    ).exists()
