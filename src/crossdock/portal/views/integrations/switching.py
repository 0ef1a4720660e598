"""Turning a flow on or off: what it asks, the plan that it shows beforehand, and doing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from crossdock.connectors.contract import ConnectorError, Manifest
from crossdock.flows import importing, jobs, switches
from crossdock.flows.rehearsing import Rehearsal, rehearse, rehearse_next
from crossdock.flows.starting import CATCH_UP, START_NOW, Gap, gap_of
from crossdock.flows.switches import SwitchError
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Integration
from crossdock.hub.vault import SecretUnreadable
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.integrations.shell import around, found, manifest_of
from crossdock.portal.words.flows import Question, flow_label, questions

FAILURES = (SwitchError, ConnectorError, SecretUnreadable)


@dataclass(frozen=True)
class Wish:
    """What somebody wants of one entity: the choice, what becomes of a gap, and since when history is wanted.

    `since_text` is what was typed, `problem` what is wrong with it.
    """

    question: Question
    choice: str
    gap: str
    start: str
    since: datetime | None
    since_text: str
    problem: str


def _wish(given: QueryDict, manifest: Manifest | None) -> Wish | None:
    """Read a wish from a query or a form; None where it makes no sense."""
    get = given.get
    question = (
        next((one for one in questions(manifest) if one.entity == get("entity")), None) if manifest else None
    )
    if question is None or get("choice") not in {one.value for one in question.choices}:
        return None
    start = "history" if get("start") == "history" else "now"
    text = str(get("since", "")).replace("\x00", "").strip()[:20]
    since, problem = _since(text) if start == "history" else (None, "")
    gap = START_NOW if get("gap") == START_NOW else CATCH_UP
    return Wish(question, str(get("choice")), gap, start, since, text, problem)


def _since(text: str) -> tuple[datetime | None, str]:
    """Return the beginning of a day in the organization's zone, or what is wrong with it."""
    try:
        day: date | None = parse_date(text)
    except ValueError:
        day = None
    if day is None or day.year < 1990:
        return None, "Say from which day on, e.g. 2026-01-31."
    since = timezone.make_aware(datetime.combine(day, time.min))
    if since > system_clock():
        return None, "This day is still to come; choose an earlier one."
    return since, ""


@organization_view(Ability.CONNECT)
@require_safe
def ask(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Ask how a flow is to be turned on or off; the plan follows by itself."""
    one = found(visit, pk)
    return _page(request, visit, one, request.GET)


@organization_view(Ability.CONNECT)
@require_POST
def plan(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Read both sides, and show what turning the flow on would bring or change. Nothing is written."""
    one = found(visit, pk)
    return _page(request, visit, one, request.POST, read=True)


def _page(
    request: HttpRequest, visit: Visit, one: Integration, given: QueryDict, *, read: bool = False
) -> HttpResponse:
    context = around(visit, one, "integrations-settings")
    manifest = manifest_of(one)
    wish = _wish(given, manifest)
    if wish is None or manifest is None or not context["may_set"]:
        return HttpResponseRedirect(reverse("portal:integrations-settings", args=[one.key]))
    try:
        directions = switches.chosen_directions(one, wish.question.entity, wish.choice)
    except SwitchError:
        return HttpResponseRedirect(reverse("portal:integrations-settings", args=[one.key]))
    flows = list(Flow.objects.filter(integration=one, entity=wish.question.entity).order_by("direction"))
    name = manifest.name
    going_on = [flow for flow in flows if directions.get(flow.direction) and not flow.enabled]
    going_off = [flow for flow in flows if not directions.get(flow.direction) and flow.enabled]
    gaps: list[Gap] = [gap for gap in (gap_of(flow) for flow in going_on) if gap is not None]
    usable = one.usable
    told: list[Rehearsal] | None = None
    if read and going_on and usable and not wish.problem:
        told = rehearse(
            one, wish.question.entity, wish.choice, now=system_clock(), gap=wish.gap, since=wish.since
        )
    context |= {
        "wish": wish,
        "chosen": wish.question.choice(wish.choice),
        "going_on": [flow_label(flow.entity, flow.direction, name) for flow in going_on],
        "going_off": [flow_label(flow.entity, flow.direction, name) for flow in going_off],
        "gap": gaps[0] if gaps else None,
        "asks_history": any(str(flow) == "pull orders" for flow in going_on),
        "usable": usable,
        "told": told,
        "unreachable": bool(told) and any(one.failure for one in told or ()),
        "connector_name": name,
    }
    return show(request, visit, "portal/integrations/switch.html", context)


@organization_view(Ability.CONNECT)
@require_POST
def switch(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Turn a flow on or off as asked, with the history that was asked for."""
    one = found(visit, pk)
    context = around(visit, one, "integrations-settings")
    wish = _wish(request.POST, manifest_of(one))
    back = reverse("portal:integrations-settings", args=[one.key])

    def deed() -> str:
        if wish is None or not context["may_set"]:
            raise SwitchError("flow", "Choose a flow and what is to become of it.")
        if wish.problem:
            raise SwitchError("since", wish.problem)
        with transaction.atomic():
            changed = switches.set_flows(
                one,
                {wish.question.entity: wish.choice},
                author=visit.author,
                now=system_clock(),
                gap=wish.gap,
            )
            if wish.since is not None:
                history = importing.start_import(
                    one, wish.question.entity, since=wish.since, author=visit.author
                )
                jobs.queue_import(history)
        chosen = wish.question.choice(wish.choice).label
        said = (
            f"{wish.question.title}: {chosen}." if changed else f"{wish.question.title} was that way already."
        )
        return said + (" The import of history has begun; Runs shows how far it is." if wish.since else "")

    return carry_out(request, deed, back=back, failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def start_import(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Begin an import of history from a day on."""
    one = found(visit, pk)
    started: list[str] = []

    def deed() -> str:
        since, problem = _since(request.POST.get("since", "").replace("\x00", "").strip()[:20])
        if since is None:
            raise SwitchError("since", problem)
        with transaction.atomic():
            history = importing.start_import(one, "orders", since=since, author=visit.author)
            jobs.queue_import(history)
        started.append(reverse("portal:runs-import", args=[history.key]))
        return f"The import of orders since {timezone.localtime(since):%d %b %Y} has begun."

    answer = carry_out(
        request, deed, back=reverse("portal:integrations-settings", args=[one.key]), failures=FAILURES
    )
    return HttpResponseRedirect(started[0]) if started else answer


@organization_view(Ability.CONNECT)
@require_safe
def stopped(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show what a stock push that stopped would write; its figures are read by `stopped_plan`."""
    return _stopped(request, visit, found(visit, pk), None)


@organization_view(Ability.CONNECT)
@require_POST
def stopped_plan(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Read the figures of a stock push that stopped, and show what it would write."""
    one = found(visit, pk)
    flow = Flow.objects.filter(integration=one, entity="inventory", direction="push", enabled=True).first()
    return _stopped(request, visit, one, rehearse_next(flow) if flow is not None else None)


def _stopped(request: HttpRequest, visit: Visit, one: Integration, told: Rehearsal | None) -> HttpResponse:
    context, manifest = around(visit, one, "integrations-settings"), manifest_of(one)
    if not context["may_set"]:
        return HttpResponseRedirect(reverse("portal:integrations-settings", args=[one.key]))
    context |= {
        "told": [told] if told else None,
        "unreachable": bool(told and told.failure),
        "case": one.exceptions.filter(code="blastRadius", status="active").first(),
        "connector_name": manifest.name if manifest is not None else one.connector,
    }
    return show(request, visit, "portal/integrations/stopped.html", context)
