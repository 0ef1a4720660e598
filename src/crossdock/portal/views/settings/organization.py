"""What holds for the whole organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crossdock.hub.organizations import (
    CHOICES,
    SettingError,
    organization_settings,
    rename,
    set_organization,
    zones,
)
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.forms import PortalForm
from crossdock.portal.meanwhile import AS_OF, ChangedMeanwhileError, Subject, as_of, unless_changed
from crossdock.portal.roles import Ability
from crossdock.portal.words.choices import POLICIES
from crossdock.portal.words.statuses import spaced

_LABELS = {
    "overfulfillPolicy": (
        "A parcel with more in it than was asked for",
        "A warehouse sometimes packs more than it was told to.",
    ),
    "twoFactor": (
        "Two-factor authentication",
        "Required: members without a second factor set one up before they see anything else.",
    ),
}


class OrganizationForm(PortalForm):
    """Name, time zone, and every setting that there is."""

    name = forms.CharField(label="Name", max_length=200)
    timezone = forms.ChoiceField(label="Time zone", help_text="Times are shown in it.")

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["timezone"]
        if isinstance(zone, forms.ChoiceField):
            known = dict.fromkeys([*zones(), visit.organization.timezone])
            zone.choices = [(name, name.replace("_", " ")) for name in known]
        for name, values in CHOICES.items():
            label, hint = _LABELS.get(name, (spaced(name), ""))
            choices = [(value, POLICIES.get(name, {}).get(value) or spaced(value)) for value in values]
            self.fields[name] = forms.ChoiceField(label=label, help_text=hint, choices=choices)
            self.fields[name].widget.attrs["class"] = "form-select"


@organization_view(Ability.DEVELOP)
@require_safe
def organization(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the settings; a developer is led to what developers may change."""
    if not visit.may[Ability.ADMINISTER]:
        return HttpResponseRedirect(reverse("portal:settings-keys"))
    about = visit.organization
    initial = {"name": about.name, "timezone": about.timezone, **organization_settings(about)}
    return _page(request, visit, OrganizationForm(visit, initial=initial), as_of(visit, _subject(visit)))


@organization_view(Ability.ADMINISTER)
@require_POST
def save(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Change them, all or none."""
    form = OrganizationForm(visit, request.POST)
    mark = request.POST.get(AS_OF, "")
    if form.is_valid():
        values = form.cleaned_data
        try:
            with unless_changed(request, visit, _subject(visit)):
                rename(visit.organization, values["name"], values["timezone"], author=visit.author)
                chosen = {name: values[name] for name in CHOICES}
                set_organization(visit.organization, chosen, author=visit.author)
        except ChangedMeanwhileError as error:
            form.refuse("", str(error))
            mark = error.as_of
        except SettingError as error:
            form.refuse("", str(error))
        else:
            messages.success(request, "Saved.")
            return HttpResponseRedirect(reverse("portal:settings"))
    return _page(request, visit, form, mark, status=400)


def _subject(visit: Visit) -> Subject:
    return Subject("organizations", visit.organization.pk)


def _page(
    request: HttpRequest, visit: Visit, form: OrganizationForm, mark: str, status: int = 200
) -> HttpResponse:
    context = {"tab": "organization", "form": form, AS_OF: mark}
    return show(request, visit, "portal/settings/organization.html", context, status=status)
