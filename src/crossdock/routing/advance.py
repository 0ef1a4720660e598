"""One pass over an organization's orders: the rules decide, then what is let through is routed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crossdock.hub.waking import wake_routing
from crossdock.routing.router import route_pending
from crossdock.routing.rules.applying import apply_rules, next_hold_end


@dataclass(frozen=True)
class Advance:
    """What a pass did, in orders: how many were kept back (held or for review), and how many routed."""

    kept_back: int = 0
    routed: int = 0


def advance_orders(organization_id: int, now: datetime) -> Advance:
    """Decide on all orders that wait for it and route all that may be, in batches.

    Where an order is held, another pass is queued for the end of the hold that ends first.
    """
    kept_back = routed = 0
    more = True
    while more:
        looked = apply_rules(organization_id, now)
        kept_back, more = kept_back + looked.held + looked.review, looked.more
    more = True
    while more:
        report = route_pending(organization_id)
        routed, more = routed + report.routed, report.more
    end = next_hold_end(organization_id)
    if end is not None:
        with transaction.atomic():
            wake_routing(organization_id, at=end)
    return Advance(kept_back, routed)
