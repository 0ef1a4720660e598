"""Passkeys and security keys as a second factor: adding one, and taking it away."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from crossdock.hub.organizations import two_factor_required
from crossdock.portal.access import Visit, around, organization_view
from crossdock.portal.identity.passkeys import ask_for_new
from crossdock.portal.identity.second_factor import is_last_factor, passkeys_work
from crossdock.portal.views.account.confirming import by_the_person
from crossdock.portal.views.account.late import rendered


class Add(AddWebAuthnView):
    """A new passkey: the browser makes it, and keeps its secret."""

    template_name = "portal/account/passkey.html"
    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add what the browser is asked for; allauth would ask with every kept passkey, readable or not."""
        context = FormView.get_context_data(self, **kwargs)
        options = ask_for_new(self.visit.membership.user)
        return {**around(self.request, self.visit), "tab": "two-factor", **context, "options": options}

    def get_success_url(self) -> str:
        """Go on to the recovery codes, if these are new."""
        messages.success(self.request, "The passkey has been added.")
        new = self.did_generate_recovery_codes
        return reverse("portal:account-codes" if new else "portal:account-two-factor")


class Remove(RemoveWebAuthnView):
    """The passkey is forgotten here; the browser may keep it."""

    def get_success_url(self) -> str:
        """Go back to the overview."""
        messages.success(self.request, "The passkey has been removed.")
        return reverse("portal:account-two-factor")


@organization_view(before_second_factor=True)
@by_the_person
def add(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Add a passkey, where browsers allow them."""
    if not passkeys_work(request):
        messages.error(request, "Browsers allow passkeys only under an https address with a name.")
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    return rendered(Add.as_view(visit=visit)(request))


@organization_view()
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove a passkey, unless the organization demands a second factor and it is the last one."""
    rows = Authenticator.objects.filter(user=visit.membership.user, type=Authenticator.Type.WEBAUTHN)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    if two_factor_required(visit.organization) and is_last_factor(found):
        messages.error(request, "This organization asks for a second factor; the last one stays.")
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    return rendered(Remove.as_view()(request, pk=pk))
