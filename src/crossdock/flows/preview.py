"""What a store will be told of an order's parcels, worked out before anything is sent and without any call.

The connector plans the write from the order's document as it was last read; the push itself reads the order
anew, so what is sent may differ if somebody changes the order in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crossdock.canon import FulfillmentState
from crossdock.connectors.contract import RemoteRecord, Store, Write
from crossdock.flows.offline import offline
from crossdock.flows.opening import as_store
from crossdock.hub.models import Flow, Integration, Order, SourceDocument
from crossdock.hub.shipping.fulfillments import fulfillment_state


class NoPreviewError(Exception):
    """Nothing can be said of what the store will be told; the message says why."""


@dataclass(frozen=True)
class Preview:
    """What the store will be told: the planned `write`, from the order as it was `read_at`.

    `flow_on` says whether it is sent by itself, `mails` what becomes of the buyer's mail, in words.
    """

    store: str
    write: Write
    read_at: datetime
    flow_on: bool
    mails: str

    def sentence(self) -> str:
        """Say it in one line."""
        changes = ", ".join(f"{change.field} {change.after}" for change in self.write.changes)
        if not changes:
            told = f"{self.store} will be told nothing."
        elif self.flow_on:
            told = f"{self.store} will be told: {changes}. {self.mails}"
        else:
            told = f"{self.store} would be told: {changes}, but that flow is off. {self.mails}"
        return " ".join([told, *self.write.notes])


def preview_fulfillments(order: Order) -> Preview:
    """Return what the order's store will be told of its parcels.

    Raises `NoPreviewError` where that cannot be told: an order that was not read from a store, or a connection
    without credentials.
    """
    integration = order.integration
    source = SourceDocument.objects.filter(
        link__integration=integration, link__entity="orders", link__remote_id=order.ext_order_api_id
    ).first()
    if source is None:
        raise NoPreviewError(f"Order {order.ext_order_id} has no document: it was not read from a store.")
    record = RemoteRecord(remote_id=order.ext_order_api_id, updated_at=None, document=source.body.encode())
    state = fulfillment_state(order)
    write = _plan(integration, record, state)
    flow_on = Flow.objects.filter(
        integration=integration, entity="fulfillments", direction="push", enabled=True
    ).exists()
    mails = "The store may mail the buyer." if state.notify_buyer else "The buyer is not mailed."
    return Preview(integration.name, write, source.read_at, flow_on, mails)


def _plan(integration: Integration, record: RemoteRecord, state: FulfillmentState) -> Write:
    if not integration.credentials:
        raise NoPreviewError(f"{integration.name} is not connected.")
    with offline(integration) as session:
        store: Store = as_store(session, integration)
        return store.fulfillments.plan(record, state, integration.settings)
