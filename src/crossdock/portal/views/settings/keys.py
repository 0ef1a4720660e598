"""Keys of the API."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from crossdock.hub.api_keys import GRANTS, ApiKeyError, create_key, revoke_key
from crossdock.hub.models import ApiKey, Integration
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import act_on
from crossdock.portal.forms import PortalForm
from crossdock.portal.roles import Ability
from crossdock.portal.words.choices import GRANTS as MEANINGS


class KeyForm(PortalForm):
    """A new key."""

    name = forms.CharField(
        label="Name", max_length=120, help_text="Who uses it, e.g. the name of the warehouse's program."
    )
    integration = forms.ChoiceField(
        label="Sees", required=False, help_text="A key of one integration sees only what that one is to ship."
    )
    grants = forms.MultipleChoiceField(
        label="May", choices=[(grant, MEANINGS.get(grant, grant)) for grant in GRANTS],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Integration.objects.filter(organization=visit.organization)
        self.integrations = {one.key: one for one in rows.exclude(state=Integration.State.REMOVED)}
        field = self.fields["integration"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Everything"), *((key, one.name) for key, one in self.integrations.items())]


@organization_view(Ability.DEVELOP)
@require_safe
def keys(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the keys, live ones first."""
    return _page(request, visit, KeyForm(visit))


@organization_view(Ability.DEVELOP)
@require_POST
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make a key and show its secret, this once."""
    form = KeyForm(visit, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            key, secret = create_key(
                visit.organization, values["name"], values["grants"], author=visit.author,
                integration=form.integrations.get(values["integration"]),
            )  # fmt: skip
        except ApiKeyError as error:
            form.refuse(error.field, error.message)
        else:
            context = {"tab": "keys", "key": key, "secret": secret}
            return show(request, visit, "portal/settings/key.html", context)
    return _page(request, visit, form, status=400)


def _key(visit: Visit, pk: int) -> ApiKey:
    return get_object_or_404(ApiKey.objects.filter(organization=visit.organization, pk=pk))


@organization_view(Ability.DEVELOP)
@act_on(_key, back="portal:settings-keys", failures=ApiKeyError)
def revoke(request: HttpRequest, visit: Visit, key: ApiKey) -> str:
    """End a key."""
    revoke_key(key, author=visit.author)
    return f"The key {key.name} has been revoked; the next call with it is refused."


def _page(request: HttpRequest, visit: Visit, form: KeyForm, status: int = 200) -> HttpResponse:
    rows = ApiKey.objects.filter(organization=visit.organization).select_related("integration")
    context = {
        "tab": "keys",
        "form": form,
        "live": rows.filter(revoked_at=None).order_by("-pk"),
        "revoked": rows.exclude(revoked_at=None).order_by("-pk")[:20],
        "open": status != 200,
    }
    return show(request, visit, "portal/settings/keys.html", context, status=status)
