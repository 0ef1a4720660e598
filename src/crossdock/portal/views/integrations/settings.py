"""The settings of an integration: its flows on top, then everything that can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crossdock.flows.health import FlowHealth
from crossdock.flows.switches import SwitchError, flow_choices, set_settings
from crossdock.hub.models import ExceptionCase, Import, Integration
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.views.integrations.setting_fields import SettingsForm
from crossdock.portal.views.integrations.shell import around, found, manifest_of
from crossdock.portal.words.flows import Choice, Question, questions


@dataclass(frozen=True)
class Setting:
    """One entity with what is chosen for it and how its flows are doing; `stopped` is a plan that asks."""

    question: Question
    chosen: Choice
    flows: list[FlowHealth]
    stopped: ExceptionCase | None


@organization_view()
@require_safe
def settings(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show an integration's flows with their choices, and its settings."""
    one = found(visit, pk)
    return _show(request, visit, one, None)


@organization_view(Ability.CONNECT)
@require_POST
def save(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Change settings: all that were given another value, or none."""
    one = found(visit, pk)
    context = around(visit, one, "integrations-settings")
    manifest = manifest_of(one)
    if not context["may_set"] or manifest is None:
        messages.error(request, f"{one.name} was removed; its settings cannot be changed any more.")
        return HttpResponseRedirect(reverse("portal:integrations-settings", args=[one.key]))
    form = SettingsForm(one, manifest, request.POST)
    mark = request.POST.get(AS_OF, "")
    if form.is_valid():
        changes = form.changes()
        try:
            with unless_changed(request, visit, _subject(one)):
                if changes:
                    set_settings(one, changes, author=visit.author)
        except ChangedMeanwhileError as error:
            form.refuse("", str(error))
            mark = error.as_of
        except SwitchError as error:
            form.refuse(error.field, error.message)
        else:
            said = (
                f"Saved: {', '.join(_label(form, name) for name in changes)}."
                if changes
                else "Nothing was changed."
            )
            messages.success(request, said)
            return HttpResponseRedirect(reverse("portal:integrations-settings", args=[one.key]) + "#details")
    return _show(request, visit, one, form, mark)


def _subject(one: Integration) -> Subject:
    return Subject("integrations", one.pk, ("settingsChanged",))


def _label(form: SettingsForm, name: str) -> str:
    return str(form.fields[name].label).lower()


def _show(
    request: HttpRequest, visit: Visit, one: Integration, form: SettingsForm | None, mark: str | None = None
) -> HttpResponse:
    context = around(visit, one, "integrations-settings")
    health = cast("list[FlowHealth]", context["flows"])
    manifest = manifest_of(one)
    asked: list[Setting] = []
    if manifest is not None:
        choices = flow_choices(one)
        stopped = ExceptionCase.objects.filter(
            integration=one, code="blastRadius", status=ExceptionCase.Status.ACTIVE
        ).first()
        for question in questions(manifest):
            flows = [row for row in health if row.entity == question.entity]
            case = stopped if question.entity == "inventory" else None
            asked.append(Setting(question, question.choice(choices[question.entity]), flows, case))
        form = form or SettingsForm(one, manifest)
    importable = manifest is not None and manifest.role == "store"
    context |= {
        AS_OF: as_of(visit, _subject(one)) if mark is None else mark,
        "asked": asked,
        "form": form,
        "imports": Import.objects.filter(flow__integration=one).select_related("flow").order_by("-pk")[:3],
        "unfinished": Import.objects.filter(
            flow__integration=one, flow__entity="orders", state__in=["running", "paused"]
        ).first(),
        "importable": importable,
        "orders_on": any(row.entity == "orders" and row.enabled for one in asked for row in one.flows),
    }
    return show(request, visit, "portal/integrations/settings.html", context)
