"""``status``: how everything is doing, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from crossdock.cli.context import hub
from crossdock.cli.flows import HEALTH_COLUMNS, health_document, health_row
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import show_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossdock.flows.health import FlowHealth
    from crossdock.hub.models import Integration, Organization


def status(as_json: JsonOption = False) -> None:
    """Show every integration with its flows, orders by status, and what needs attention."""
    with hub() as opened:
        from crossdock.flows.health import health_of_many
        from crossdock.hub.models import Integration

        query = Integration.objects.filter(organization=opened.organization).select_related("organization")
        living = list(query.exclude(state=Integration.State.REMOVED).order_by("pk"))
        health = health_of_many(living)
        orders, routing, cases = _counts(opened.organization)
        waiting = _kept_back(opened.organization)
        if as_json:
            show_json(
                {
                    "orgKey": opened.organization.org_key,
                    "organization": opened.organization.name,
                    "integrations": [_document(one, health[one.pk]) for one in living],
                    "orders": orders,
                    "routing": routing,
                    "keptBack": waiting,
                    "exceptions": cases,
                }
            )
            return
        for one in living:
            state = one.get_state_display().lower() + (f": {one.state_reason}" if one.state_reason else "")
            print(f"{one.key}  {one.name}  {state}")
            show_table(HEALTH_COLUMNS, [health_row(row) for row in health[one.pk]], empty="No flows.")
            print()
        if not living:
            print("No integrations. Add one: crossdock integrations add ecwid --store-id … --token-stdin")
        for title, counts in (
            ("orders", orders),
            ("kept back", waiting),
            ("routing", routing),
            ("exceptions", cases),
        ):
            print(f"{title}: " + (", ".join(f"{count} {name}" for name, count in counts.items()) or "none"))


def _document(integration: Integration, health: Sequence[FlowHealth]) -> dict[str, object]:
    return {
        "integrationId": integration.key,
        "connectorId": integration.connector,
        "name": integration.name,
        "extAccountId": integration.account_id,
        "status": integration.state,
        "statusReason": integration.state_reason,
        "flows": [health_document(row) for row in health],
    }


def _counts(organization: Organization) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Orders by status, orders by routing status, open exceptions by code."""
    from django.db.models import Count

    from crossdock.hub.models import ExceptionCase, Order

    orders = Order.objects.filter(organization=organization)
    cases = ExceptionCase.objects.filter(organization=organization, status=ExceptionCase.Status.ACTIVE)
    return (
        dict(orders.values_list("status").annotate(n=Count("pk")).order_by("status")),
        dict(orders.values_list("routing_status").annotate(n=Count("pk")).order_by("routing_status")),
        dict(cases.values_list("code").annotate(n=Count("pk")).order_by("code")),
    )


def _kept_back(organization: Organization) -> dict[str, int]:
    """Orders that are not let through to routing, by why: on hold, or for a person to review."""
    from django.db.models import Count

    from crossdock.hub.models import Order

    kinds = [Order.Release.HELD, Order.Release.REVIEW]
    open_now = Order.objects.filter(organization=organization, standing="open", deleted_at=None)
    rows = open_now.filter(release__in=kinds).exclude(status=Order.Status.CANCELED)
    return dict(rows.values_list("release").annotate(n=Count("pk")).order_by("release"))


def register(app: typer.Typer) -> None:
    """Add this command to the root."""
    app.command()(status)
