"""Receiving webhooks: verify, remember once, leave a mark, queue the job, answer. Nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from crossdock.connectors import connector_for
from crossdock.connectors.contract import Entity, Forged, Hint
from crossdock.connectors.errors import ConnectorError, Refused
from crossdock.flows.opening import connector_config
from crossdock.hub.clock import system_clock
from crossdock.hub.marks import leave_marks, wake_flow
from crossdock.hub.models import Flow, Integration


@dataclass(frozen=True)
class Receipt:
    """The HTTP status to answer with, and one line on why."""

    status: int
    message: str


def receive(connector_key: str, body: bytes, headers: Mapping[str, str]) -> Receipt:
    """Take one webhook. 200 for everything genuine, known or not; 401 forged; 400 malformed; 404 no such connector.

    The mark and the job that will look are written in one transaction; what the webhook says of the
    record is never used.
    """
    try:
        connector = connector_for(connector_key)
    except Refused as error:
        return Receipt(404, error.reason)
    if connector.webhooks is None:
        return Receipt(404, "This connector takes no webhooks.")
    try:
        hint = connector.webhooks.read(body, headers, connector_config(connector_key), system_clock())
    except Forged as error:
        _count(connector_key, "unverified", "forged")
        return Receipt(401, error.reason)
    except ConnectorError as error:
        _count(connector_key, "unreadable", "malformed")
        return Receipt(400, error.reason)
    integration = (
        Integration.objects.filter(connector=connector_key, account_id=hint.account_id)
        .exclude(state=Integration.State.REMOVED)
        .first()
    )
    if integration is None:
        _count(connector_key, hint.event_type, "unknownAccount")
        return Receipt(200, "No integration is connected to this account.")
    with transaction.atomic():
        if not _first_delivery(integration, hint):
            return Receipt(200, "Already known.")
        return _act(integration, hint)


def _act(integration: Integration, hint: Hint) -> Receipt:
    if hint.disconnected:
        for locations in Flow.objects.filter(integration=integration, entity="locations", direction="pull"):
            wake_flow(locations)  # its call finds out whether the token is dead; the webhook proves nothing
        return Receipt(200, "The connection will be checked.")
    if hint.entity is None:
        _count(integration.connector, hint.event_type, "unknownType")
        return Receipt(200, "This type of event is not used.")
    flow = Flow.objects.filter(
        integration=integration, entity=hint.entity, direction="pull", enabled=True
    ).first()
    if flow is None:
        return Receipt(200, "The flow is disabled.")
    key = hint.remote_id or hint.entity
    if hint.entity in (Entity.ORDERS, Entity.PRODUCTS) and not hint.remote_id:
        wake_flow(flow)
        return Receipt(200, "The flow will look.")
    leave_marks(flow, [key], f"webhook {hint.event_type}", since=hint.at)
    return Receipt(200, "Marked.")


def _first_delivery(integration: Integration, hint: Hint) -> bool:
    """Remember the event; False for a repeat, which is only counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hub_webhookdelivery (integration_id, event_id, event_type, happened_at, repeats)
            VALUES (%s, %s, %s, %s, 0)
            ON CONFLICT (integration_id, event_id) DO UPDATE SET repeats = hub_webhookdelivery.repeats + 1
            RETURNING repeats = 0
            """,
            [integration.pk, hint.event_id[:120], hint.event_type[:80], hint.at],
        )
        return bool(cursor.fetchone()[0])


def _count(connector_key: str, event_type: str, outcome: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hub_webhooktally (connector, event_type, outcome, count, last_at) VALUES (%s, %s, %s, 1, now())
            ON CONFLICT (connector, event_type, outcome) DO UPDATE
               SET count = hub_webhooktally.count + 1, last_at = now()
            """,
            [connector_key, event_type[:80], outcome],
        )
