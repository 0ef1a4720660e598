"""Whether the store of an order was told of its parcels, and when; worked out from what is written down.

A store is told of an order's parcels together, in one write. So a parcel counts as told as soon as a write that came
after it was confirmed by reading the order back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from crossdock.hub.models import Event, ExceptionCase, Flow, Fulfillment, Mark

PUSHED, NOTHING_TO_PUSH = "fulfillmentPushed", "fulfillmentNotPushed"


class State(StrEnum):
    """How far the store knows of a parcel."""

    TOLD = "told"
    WAITS = "waits"
    REFUSED = "refused"
    OFF = "off"
    MISSED = "missed"
    """Recorded while the flow was off, and not looked at since it is on."""
    NOTHING = "nothing"
    OURS = "ours"
    """A rejection by a warehouse: it is no parcel, so no store is told of it."""


@dataclass(frozen=True)
class Telling:
    """What is known of telling the store. `event` is the write that told it, `case` what stands against it."""

    state: State
    at: datetime | None = None
    event: Event | None = None
    case: ExceptionCase | None = None
    note: str = ""


def telling_of(parcels: Sequence[Fulfillment]) -> dict[int, Telling]:
    """Return for each parcel, by its row number, whether its store was told. Four queries for any number.

    The parcels need their `order` fetched with them.
    """
    orders = {parcel.order_id: parcel.order for parcel in parcels}
    integrations = {order.integration_id for order in orders.values()}
    flows = Flow.objects.filter(integration_id__in=integrations, entity="fulfillments", direction="push")
    by_integration = {flow.integration_id: flow for flow in flows}
    events: dict[int, list[Event]] = {}
    query = Event.objects.filter(
        entity="orders", record_id__in=list(orders), operation__in=(PUSHED, NOTHING_TO_PUSH)
    )
    for event in query.select_related("run").order_by("id"):
        events.setdefault(event.record_id, []).append(event)
    keys = [order.ext_order_api_id for order in orders.values()]
    marks = {
        (mark.flow_id, mark.key): mark
        for mark in Mark.objects.filter(flow__in=list(by_integration.values()), key__in=keys)
    }
    cases = {
        case.record_id: case
        for case in ExceptionCase.objects.filter(
            Q(entity="fulfillments"), record_id__in=list(orders), status=ExceptionCase.Status.ACTIVE,
            organization_id__in={order.organization_id for order in orders.values()},
        )
    }  # fmt: skip
    return {
        parcel.pk: _telling(
            parcel, by_integration.get(parcel.order.integration_id), events.get(parcel.order_id, []), marks,
            cases.get(parcel.order_id),
        )
        for parcel in parcels
    }  # fmt: skip


def _telling(
    parcel: Fulfillment,
    flow: Flow | None,
    events: Sequence[Event],
    marks: dict[tuple[int, str], Mark],
    case: ExceptionCase | None,
) -> Telling:
    if parcel.fulfillment_type == Fulfillment.Type.REJECTED:
        return Telling(State.OURS)
    since = [event for event in events if event.created_at >= parcel.created_at]
    told = next((event for event in since if event.operation == PUSHED), None)
    if told is not None:
        return Telling(State.TOLD, told.created_at, told, note=told.reason)
    if case is not None:
        return Telling(State.REFUSED, case.last_seen_at, case=case)
    mark = marks.get((flow.pk, parcel.order.ext_order_api_id)) if flow is not None else None
    if mark is not None:
        return Telling(State.WAITS, mark.marked_at, note=mark.reason)
    if since:
        return Telling(State.NOTHING, since[0].created_at, since[0], note=since[0].reason)
    if flow is None or not flow.enabled:
        return Telling(State.OFF)
    if flow.enabled_at is not None and parcel.created_at < flow.enabled_at:
        return Telling(State.MISSED)
    return Telling(State.NOTHING)
