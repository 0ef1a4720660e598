"""Notification rules: which there are, and adding and changing one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from crossdock.hub.mail import mail_is_sent
from crossdock.hub.models import NotificationRule
from crossdock.hub.notifications.rules import (
    DELAYS,
    ENTITY,
    NotificationError,
    Wish,
    change_rule,
    create_rule,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.views.notifications.forms import RuleForm


def rule_of(visit: Visit, pk: int) -> NotificationRule:
    """Return the rule with this row number; another organization's does not exist."""
    rows = NotificationRule.objects.select_related("organization", "integration")
    return get_object_or_404(rows.filter(organization=visit.organization, pk=pk))


@organization_view(Ability.ADMINISTER)
@require_safe
def rules(request: HttpRequest, visit: Visit) -> HttpResponse:
    """List the rules."""
    rows = NotificationRule.objects.filter(organization=visit.organization).select_related("integration")
    context = {
        "tab": ENTITY,
        "rules": [(rule, DELAYS.get(rule.minutes, "")) for rule in rows.order_by("name")],
        "mail": mail_is_sent(),
    }
    return show(request, visit, "portal/notifications/list.html", context)


@organization_view(Ability.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Add a rule."""
    return _edit(
        request, visit, None, lambda wish: create_rule(visit.organization, wish, author=visit.author),
        "is told from now on, first of what is open already",
    )  # fmt: skip


@organization_view(Ability.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change a rule."""
    rule = rule_of(visit, pk)
    subject = Subject(ENTITY, rule.pk)

    def save(wish: Wish) -> NotificationRule:
        with unless_changed(request, visit, subject):
            return change_rule(rule, wish, author=visit.author)

    return _edit(request, visit, rule, save, "is saved", request.POST.get(AS_OF) or as_of(visit, subject))


def _edit(
    request: HttpRequest,
    visit: Visit,
    rule: NotificationRule | None,
    save: Callable[[Wish], NotificationRule],
    done: str,
    mark: str = "",
) -> HttpResponse:
    form = RuleForm(visit, rule, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.wish)
        except ChangedMeanwhileError as error:
            form.refuse("", str(error))
            mark = error.as_of
        except NotificationError as error:
            form.refuse(error.field, error.message)
        else:
            messages.success(request, f"{saved.name} {done}.")
            return redirect("portal:settings-notifications")
    context = {"tab": ENTITY, "form": form, "rule": rule, "mail": mail_is_sent(), AS_OF: mark}
    return show(request, visit, "portal/notifications/edit.html", context, status=400 if form.errors else 200)
