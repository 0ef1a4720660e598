"""Writing a mapping and trying it; and the plan of applying the mappings to orders that are here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from crossdock.flows.mapping_table import may_have_rules
from crossdock.flows.remapping import (
    Remapping,
    Trial,
    newest_order,
    offered_paths,
    plan_remapping,
    try_rule,
)
from crossdock.hub.listing import AmbiguousError, NotFoundError, find_order
from crossdock.hub.mappings.book import Draft, MappingError, put_rule
from crossdock.hub.mappings.own import Outcome
from crossdock.hub.mappings.targets import TARGETS
from crossdock.hub.models import Integration, MappingRule, Order
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.views.asked import text
from crossdock.portal.views.integrations.shell import around, found
from crossdock.portal.views.mappings.forms import MappingForm, as_typed

CHANGES = ("mappingAdded", "mappingChanged", "mappingRemoved")
LIMITS = (50, 200, 1_000, 2_000)
OUTCOMES = {
    Outcome.TAKEN: "It is taken from the document.",
    Outcome.DEFAULT: "The text is taken that you gave.",
    Outcome.ABSENT: "The document has nothing there, so the connector's value stays.",
    Outcome.UNLISTED: "What the document has there is not among the translations, so the connector's value stays.",
    Outcome.EMPTY: "The field stays empty.",
    Outcome.UNUSABLE: "It cannot be used, so the connector's value stays, and an exception would say so:",
}


def fields_of(integration: Integration) -> str:
    """Return the address of the mapping of fields of an integration."""
    return f"{reverse('portal:integrations-mappings', args=[integration.key])}?show=fields"


def rule_of(visit: Visit, pk: int) -> MappingRule:
    """Return a mapping of the organization. Raises `Http404`."""
    query = MappingRule.objects.filter(integration__organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("integration__organization"))


def mapped(visit: Visit, pk: int) -> Integration:
    """Return an integration that may have mappings. Raises `Http404`."""
    one = found(visit, pk)
    if not may_have_rules(one):
        raise Http404
    return one


@organization_view(Ability.MAP)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Write a mapping, and try it on an order before it is stored."""
    one = mapped(visit, pk)
    target = text(request, "target")
    return _edit(request, visit, one, None, {"target": target} if target in TARGETS else {})


@organization_view(Ability.MAP)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change a mapping, and try it on an order before it is stored."""
    rule = rule_of(visit, pk)
    return _edit(request, visit, mapped(visit, rule.integration_id), rule, as_typed(rule))


def _edit(
    request: HttpRequest, visit: Visit, one: Integration, rule: MappingRule | None, initial: dict[str, str]
) -> HttpResponse:
    newest = newest_order(one)
    usual = {"order": newest.ext_order_id if newest else ""}
    form = MappingForm(request.POST or None, initial={**usual, **initial})
    trial = None
    subject = Subject("integrations", one.pk, CHANGES) if rule else None
    mark = request.POST.get(AS_OF) or as_of(visit, subject)
    draft = form.draft() if request.method == "POST" and form.is_valid() else None
    if draft is not None:
        try:
            if "try" not in request.POST:
                with unless_changed(request, visit, subject):
                    _store(request, visit, one, rule, draft, form.cleaned_data["reason"])
                return HttpResponseRedirect(fields_of(one))
            trial = _tried(visit, one, draft, form.cleaned_data["order"], newest)
        except ChangedMeanwhileError as refusal:
            form.refuse("", str(refusal))
            mark = refusal.as_of
        except MappingError as error:
            form.refuse(error.field, error.message)
    offered = trial.offered if trial is not None else offered_paths(newest) if newest is not None else []
    context = around(visit, one, "integrations-mappings")
    context |= {
        AS_OF: mark,
        "rule": rule,
        "form": form,
        "trial": trial,
        "outcome": OUTCOMES[trial.result.outcome] if trial is not None else "",
        "shown_order": trial.order if trial is not None else newest,
        "offered": offered,
        "back": fields_of(one),
    }
    return show(request, visit, "portal/mappings/one.html", context, status=400 if form.errors else 200)


def _store(
    request: HttpRequest, visit: Visit, one: Integration, rule: MappingRule | None, draft: Draft, reason: str
) -> None:
    if rule is not None:
        draft = Draft(draft.target, draft.source, draft.translations, draft.default, enabled=rule.enabled)
    stored = put_rule(one, draft, author=visit.author, replacing=rule, reason=reason.strip())
    messages.success(
        request, f"The mapping of {stored.target} is stored. It counts for what is read from now on."
    )


def _tried(visit: Visit, one: Integration, draft: Draft, named: str, newest: Order | None) -> Trial:
    """Return the trial on the order that was named, else on the newest. Raises `MappingError`."""
    if not named.strip():
        if newest is None:
            raise MappingError(
                "order", f"{one.name} has brought no order yet, so there is nothing to try it on"
            )
        return try_rule(one, newest, draft)
    try:
        return try_rule(one, find_order(visit.organization, named.strip()), draft)
    except NotFoundError:
        raise MappingError("order", f"there is no order {named.strip()!r}; give its number") from None
    except AmbiguousError:
        raise MappingError(
            "order", f"several orders are called {named.strip()!r}; give the store's own id"
        ) from None


@organization_view(Ability.MAP)
@require_safe
def plan(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show what applying the mappings to the orders that are here would change."""
    one = mapped(visit, pk)
    limit = limit_of(text(request, "limit"))
    planned, refusal = Remapping(), ""
    try:
        planned = plan_remapping(one, limit=limit)
    except MappingError as error:
        refusal = error.message
    context = around(visit, one, "integrations-mappings")
    context |= {
        "planned": planned,
        "left": planned.left.most_common(),
        "refusal": refusal,
        "limit": limit,
        "limits": LIMITS,
        "back": fields_of(one),
    }
    return show(request, visit, "portal/mappings/apply.html", context)


def limit_of(given: str) -> int:
    """Return how many orders are meant; the usual number for anything that is not offered."""
    return next((limit for limit in LIMITS if given == str(limit)), LIMITS[1])
