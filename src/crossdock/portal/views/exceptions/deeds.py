"""Doing what mends an exception: each act calls one verb of the rooms below."""

from __future__ import annotations

from crossdock.flows.again import LookError, look_again, looks_for
from crossdock.flows.switches import approve_plan
from crossdock.hub.models import ExceptionCase
from crossdock.hub.orders.release import ReleaseError, release_order
from crossdock.hub.waking import wake_routing
from crossdock.portal.access import Visit
from crossdock.portal.roles import Ability, who_may
from crossdock.portal.views.exceptions.about import Subjects
from crossdock.portal.views.exceptions.remedies import Act, Remedy, remedies_for
from crossdock.portal.words.statuses import word
from crossdock.routing.router import route_again


class RemedyError(Exception):
    """An exception cannot be mended in this way; the message says what to do instead."""


FAILURES = (LookError, ReleaseError, RemedyError)


def remedy_called(case: ExceptionCase, key: str) -> Remedy:
    """Return the remedy of that key that a button does. Raises `RemedyError` where the cause has none such."""
    for one in remedies_for(case):
        if one.key == key and one.act is not None:
            return one
    raise RemedyError("act: nothing that can be done about this cause has that name; load the page again")


def do(visit: Visit, case: ExceptionCase, remedy: Remedy, reason: str) -> str:
    """Do it, and return what was done in a sentence."""
    if case.status != ExceptionCase.Status.ACTIVE:
        raise RemedyError(f"status: this exception is {word('case', case.status).label.lower()} already")
    match remedy.act:
        case Act.ROUTE:
            return _route(visit, case, reason)
        case Act.RELEASE:
            return _release(visit, case, reason)
        case Act.APPROVE:
            return _approve(visit, case)
    return again(visit, case, reason)


def again(visit: Visit, case: ExceptionCase, reason: str = "") -> str:
    """Have the flows look at what an exception is about."""
    looks = looks_for(case)
    about = (case.organization_id, "exceptions", case.pk)
    done = look_again(looks, author=visit.author, reason=reason, about=about)
    if case.entity == "locations":
        wake_routing(case.organization_id)
    return " ".join([*(look.sentence for look in done), "It begins in a moment."])


def _route(visit: Visit, case: ExceptionCase, reason: str) -> str:
    order = Subjects(visit.organization, [case]).of(case).order
    if order is None:
        raise RemedyError("order: it is no longer here, so it cannot be routed")
    route_again(order, author=visit.author, reason=reason or "routed again from its exception")
    wake_routing(visit.organization.pk)
    return f"Order {order.ext_order_id} is routed again in a moment."


def _release(visit: Visit, case: ExceptionCase, reason: str) -> str:
    order = Subjects(visit.organization, [case]).of(case).order
    if order is None:
        raise RemedyError("order: it is no longer here, so it cannot be released")
    release_order(order, author=visit.author, reason=reason)
    return f"Order {order.ext_order_id} is released."


def _approve(visit: Visit, case: ExceptionCase) -> str:
    if not visit.may[Ability.CONNECT]:
        # As on the integration's own page: what a store is shown at one stroke is for those who set it up.
        raise RemedyError(f"act: letting it through needs {who_may(Ability.CONNECT)}")
    if case.flow is None:
        raise RemedyError("flow: it is gone, so there is nothing to let through")
    approve_plan(case.flow, author=visit.author)
    return f"The next push of {case.flow.integration.name} goes ahead once, and begins in a moment."
