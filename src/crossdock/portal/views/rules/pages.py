"""Rules: the list in the order in which they are tried, and one rule with what it would have decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from crossdock.hub.models import Event, Integration, Order, OrderRule
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.filter_rows import (
    Row,
    field_choices,
    filters_of,
    given_rows,
    in_words,
    operator_choices,
    rows_of,
)
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.routing.rules.actions import SHIPPING, describe_actions
from crossdock.routing.rules.book import Draft, RuleError, put_rule, rules_of
from crossdock.routing.rules.trying import Tried, try_rules

TRIED_ON = 200
SHOWN = 25
DECISIONS = {
    "hold": "Hold it for a while, then let it through",
    "review": "Wait for a person to review it",
    "release": "Let it through at once",
    "cancel": "Cancel what is open of it; the store is not told",
}


@dataclass(frozen=True)
class Line:
    """A rule of the list, in words."""

    rule: OrderRule
    condition: str
    deed: str


@dataclass
class Wish:
    """A rule as it stands in the form: as stored, or as it was sent."""

    name: str = ""
    enabled: bool = True
    integration: str = ""
    match: str = "all"
    rows: Sequence[Row] = ()
    decision: str = "hold"
    minutes: str = "30"
    start: str = "order"
    restock: bool = True
    tags: str = ""
    carrier: str = ""
    method: str = ""
    code: str = ""
    reason: str = ""


def rule_of(visit: Visit, pk: int) -> OrderRule:
    """Return a rule of the organization. Raises `Http404`."""
    query = OrderRule.objects.filter(organization=visit.organization, pk=pk)
    return get_object_or_404(query.select_related("organization", "integration"))


@organization_view()
@require_safe
def rules(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the rules in the order in which they are tried; the first that matches decides."""
    rows = rules_of(visit.organization.pk)
    lines = [
        Line(row, in_words(row.filters, row.match) or "every order", describe_actions(row.actions))
        for row in rows
    ]
    context = {
        "lines": lines,
        "number": len(rows) - 1,
        "held": _kept(visit, Order.Release.HELD).count(),
        "review": _kept(visit, Order.Release.REVIEW).count(),
    }
    return show(request, visit, "portal/rules/list.html", context)


def _kept(visit: Visit, release: str) -> QuerySet[Order]:
    return Order.objects.filter(
        organization=visit.organization, release=release, standing="open", deleted_at=None
    ).exclude(status=Order.Status.CANCELED)


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make a rule; it comes last, before the default rule."""
    return _edit(request, visit, None)


@organization_view(Ability.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show one rule, try it on orders of the past, and change it."""
    return _edit(request, visit, rule_of(visit, pk))


def _edit(request: HttpRequest, visit: Visit, stored: OrderRule | None) -> HttpResponse:
    wish = _sent(request.POST) if request.method == "POST" else _stored(stored)
    error, tried = "", None
    subject = Subject("orderRules", stored.pk) if stored else None
    mark = request.POST.get(AS_OF) or as_of(visit, subject)
    if request.method == "POST":
        try:
            draft = _draft(visit, wish, stored)
            if "try" in request.POST:
                tried = _tried(visit, draft)
            else:
                with unless_changed(request, visit, subject):
                    kept = put_rule(visit.organization, draft, author=visit.author, reason=wish.reason)
                messages.success(
                    request, f"Rule “{kept.name}” is stored. It decides on what comes from now on."
                )
                return redirect("portal:rules")
        except ChangedMeanwhileError as refusal:
            error, mark = str(refusal), refusal.as_of
        except RuleError as refusal:
            error = str(refusal)
    context = {
        AS_OF: mark,
        "rule": stored,
        "wish": wish,
        "rows": [*wish.rows, *rows_of([])] if request.method == "POST" else wish.rows,
        "error": error,
        "decisions": DECISIONS,
        "fields": field_choices(),
        "operators": operator_choices(),
        "integrations": _integrations(visit, stored),
        "tried": tried,
        "events": _events(visit, stored),
    }
    return show(request, visit, "portal/rules/one.html", context, status=400 if error else 200)


def _integrations(visit: Visit, stored: OrderRule | None) -> list[Integration]:
    """Those that a rule may be for; and the one that it is for, though it was removed: it must not become all."""
    kept = stored.integration_id if stored is not None else None
    rows = visit.organization.integrations.order_by("pk")
    return [one for one in rows if one.pk == kept or one.state != Integration.State.REMOVED]


def _events(visit: Visit, stored: OrderRule | None) -> QuerySet[Event] | None:
    if stored is None:
        return None
    rows = Event.objects.filter(organization=visit.organization, entity="orderRules", record_id=stored.pk)
    return rows.order_by("-pk")[:20]


def _stored(rule: OrderRule | None) -> Wish:
    if rule is None:
        return Wish(rows=rows_of([]))
    deciding: Mapping[str, object] = next(
        (one for one in rule.actions if one["do"] in DECISIONS), {"do": "release"}
    )
    shipping: Mapping[str, object] = next((one for one in rule.actions if one["do"] == "setShipping"), {})
    return Wish(
        name=rule.name, enabled=rule.enabled, integration=rule.integration.key if rule.integration else "",
        match=rule.match, rows=rows_of(rule.filters), decision=str(deciding["do"]),
        minutes=str(deciding.get("minutes", 30)), start=str(deciding.get("from", "order")),
        restock=deciding.get("restock") is not False,
        tags=", ".join(str(one["tag"]) for one in rule.actions if one["do"] == "tag"),
        carrier=str(shipping.get("carrier", "")), method=str(shipping.get("class", "")),
        code=str(shipping.get("code", "")),
    )  # fmt: skip


def _sent(post: QueryDict) -> Wish:
    return Wish(
        name=post.get("name", ""), enabled=post.get("enabled") == "on", integration=post.get("integration", ""),
        match=post.get("match", "all"), rows=given_rows(post), decision=post.get("decision", ""),
        minutes=post.get("minutes", "").strip(), start=post.get("from", "order"),
        restock=post.get("restock") == "on", tags=post.get("tags", ""), carrier=post.get("carrier", "").strip(),
        method=post.get("class", "").strip(), code=post.get("code", "").strip(),
        reason=post.get("reason", "").strip(),
    )  # fmt: skip


def _draft(visit: Visit, wish: Wish, stored: OrderRule | None) -> Draft:
    """Return the rule that the form describes. Raises `RuleError`."""
    if stored is not None and stored.is_default:
        return Draft(stored.name, _actions(wish))
    name = wish.name if stored is None else stored.name
    named = OrderRule.objects.filter(organization=visit.organization, name__iexact=name.strip())
    if stored is None and named.exists():
        raise RuleError(
            "name", f"there is a rule called {name.strip()!r}; choose another name, or change that one"
        )
    return Draft(
        name, _actions(wish), filters=filters_of(wish.rows), match=wish.match, enabled=wish.enabled,
        integration=_integration(visit, wish.integration),
    )  # fmt: skip


def _integration(visit: Visit, key: str) -> Integration | None:
    if not key:
        return None
    found = next((one for one in visit.organization.integrations.all() if one.key == key), None)
    if found is None:
        raise RuleError("integration", "choose one of this organization's integrations, or all of them")
    return found


def _actions(wish: Wish) -> list[dict[str, object]]:
    deciding: dict[str, object] = {"do": wish.decision}
    if wish.decision == "hold":
        whole = wish.minutes.isascii() and wish.minutes.isdecimal() and len(wish.minutes) < 10
        deciding |= {"minutes": int(wish.minutes) if whole else wish.minutes, "from": wish.start}
    if wish.decision == "cancel":
        deciding["restock"] = wish.restock
    given = {"carrier": wish.carrier, "class": wish.method, "code": wish.code}
    shipping = {key: given[key] for key in SHIPPING if given[key]}
    tags = [part.strip() for part in wish.tags.split(",") if part.strip()]
    actions: list[dict[str, object]] = [deciding]
    actions += [{"do": "tag", "tag": tag} for tag in dict.fromkeys(tags)]
    if shipping:
        actions.append({"do": "setShipping", **shipping})
    return actions


@dataclass(frozen=True)
class Trial:
    """What the rules, this one among them, would have decided on the newest orders."""

    asked: int
    caught: int
    counts: list[tuple[str, str, int]]
    examples: list[Tried]


def _tried(visit: Visit, draft: Draft) -> Trial:
    orders = list(
        Order.objects.filter(organization=visit.organization)
        .select_related("organization", "integration", "location")
        .order_by("-ext_order_created_at", "-pk")[:TRIED_ON]
    )
    tried = try_rules(visit.organization, [draft], orders)
    mine = [one for one in tried if one.verdict.rule.casefold() == draft.name.strip().casefold()]
    counts = Counter((one.verdict.rule, str(one.verdict.kind)) for one in tried)
    listed = [(rule, kind, number) for (rule, kind), number in counts.most_common()]
    return Trial(len(tried), len(mine), listed, mine[:SHOWN])
