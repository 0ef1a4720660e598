"""Integrations, their flows, runs and imports as documents. Never with credentials."""

from __future__ import annotations

from crossdock.hub.documents.values import Document, key_of, moment
from crossdock.hub.models import Flow, Import, Integration, Run


def integration_document(integration: Integration) -> Document:
    """Return an integration with its flows; what it signs in with is never part of it.

    Needs `organization` and `flows` fetched with it to cost no query of its own.
    """
    return {
        "integrationId": integration.key,
        "connectorId": integration.connector,
        "name": integration.name,
        "status": integration.state,
        "statusReason": integration.state_reason,
        "extAccountId": integration.account_id,
        "account": integration.account,
        "settings": integration.settings,
        "flows": [flow_document(flow) for flow in sorted(integration.flows.all(), key=lambda flow: flow.pk)],
        "connectedAt": moment(integration.connected_at),
        "createdAt": moment(integration.created_at),
        "updatedAt": moment(integration.updated_at),
        "orgKey": integration.organization.org_key,
    }


def flow_document(flow: Flow) -> Document:
    """Return one flow and where it stands. `cursor` is in the outside system's time."""
    return {
        "flowId": flow.key,
        "integrationId": key_of(flow.integration_id),
        "entity": flow.entity,
        "direction": flow.direction,
        "enabled": flow.enabled,
        "enabledAt": moment(flow.enabled_at),
        "startFrom": moment(flow.start_from),
        "cursor": moment(flow.cursor),
        "lastStartedAt": moment(flow.last_started_at),
        "lastSuccessAt": moment(flow.last_success_at),
        "notBefore": moment(flow.not_before),
        "pausedReason": flow.paused_reason,
        "failures": flow.failures,
    }


COUNTS = ("read", "created", "changed", "unchanged", "deleted", "written", "skipped", "failed")


def run_document(run: Run) -> Document:
    """Return one run: when, why, how many, and what came of it. Needs `flow` fetched with it."""
    return {
        "runId": run.key,
        "flowId": key_of(run.flow_id),
        "integrationId": key_of(run.flow.integration_id),
        "entity": run.flow.entity,
        "direction": run.flow.direction,
        "importId": key_of(run.backfill_id),
        "trigger": run.trigger,
        "outcome": run.outcome,
        "message": run.message,
        **{name: getattr(run, name) for name in COUNTS},
        "remoteCalls": run.remote_calls,
        "leastCalls": run.least_calls,
        "startedAt": moment(run.created_at),
        "finishedAt": moment(run.finished_at),
    }


def import_document(backfill: Import) -> Document:
    """Return an import of history: from when, how far, what came of it. Needs `flow` fetched with it."""
    return {
        "importId": backfill.key,
        "integrationId": key_of(backfill.flow.integration_id),
        "entity": backfill.flow.entity,
        "since": moment(backfill.since),
        "until": moment(backfill.until),
        "state": backfill.state,
        "total": backfill.total,
        "read": backfill.read,
        "created": backfill.created,
        "changed": backfill.changed,
        "excluded": backfill.excluded,
        "failed": backfill.failed,
        "message": backfill.message,
        "createdAt": moment(backfill.created_at),
        "finishedAt": moment(backfill.finished_at),
    }
