"""Passkeys and security keys as a second factor: adding one, and taking it away."""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.organizations import two_factor_required
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.identity.second_factor import is_last_factor, passkeys_work
from crossdock.portal.views.account.late import options_of, rendered
from crossdock.portal.views.account.two_factor import Around


class Add(Around, AddWebAuthnView):
    """A new passkey: the browser makes it, and keeps its secret."""

    template_name = "portal/account/passkey.html"
    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Django's own signature
        """Take what the browser made; an answer that is none is said, not a fault of ours."""
        try:
            return cast("HttpResponse", super().post(request, *args, **kwargs))
        except (KeyError, ValueError):
            messages.error(request, "The browser's answer could not be read. Try again.")
            return HttpResponseRedirect(reverse("portal:account-two-factor"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add what the browser is asked for."""
        context = super().get_context_data(**kwargs)
        field = context["form"].fields["name"]
        field.label, field.help_text = "Name", "To tell it from others, e.g. of the laptop that keeps it."
        field.widget.attrs |= {"class": "form-control", "maxlength": "60"}
        return {**context, "options": options_of(context["js_data"]["creation_options"])}

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
