"""Setting up, looking at and taking away one's second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from crossdock.hub.organizations import two_factor_required
from crossdock.portal.access import Visit, around, organization_view, show
from crossdock.portal.identity.guessing import at_code
from crossdock.portal.identity.passkeys import name_of
from crossdock.portal.identity.second_factor import (
    codes_left,
    has_second_factor,
    is_last_factor,
    passkeys_work,
)
from crossdock.portal.views.account.confirming import by_the_person
from crossdock.portal.views.account.late import rendered


@organization_view(before_second_factor=True)
@require_safe
def two_factor(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show which factors there are."""
    user = visit.membership.user
    found = {one.type: one for one in Authenticator.objects.filter(user=user)}
    codes = found.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "tab": "two-factor",
        "app": found.get(Authenticator.Type.TOTP),
        "codes": codes,
        "left": codes_left(codes) if codes else 0,
        "required": two_factor_required(visit.organization),
        "passkeys": [
            (one, name_of(one), is_last_factor(one))
            for one in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by(
                "pk"
            )
        ],
        "passkeys_work": passkeys_work(request),
        "last": bool(found.get(Authenticator.Type.TOTP)) and is_last_factor(found[Authenticator.Type.TOTP]),
    }
    return show(request, visit, "portal/account/two_factor.html", context)


def _app_of(visit: Visit) -> Authenticator | None:
    return Authenticator.objects.filter(user=visit.membership.user, type=Authenticator.Type.TOTP).first()


class Around:
    """Adds what stands around every page to a view of allauth's."""

    visit: Visit
    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add it."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # Django's views have it
        return {**around(self.request, self.visit), "tab": "two-factor", **context}


class SetUp(Around, ActivateTOTPView):
    """A new app: its secret is shown until the first code has been right, and never again."""

    template_name = "portal/account/two_factor_set_up.html"
    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Django's own signature
        """Check the first code, as often as codes may be tried."""
        guessing = at_code(request, request.user.get_username())
        minutes = guessing.minutes_to_wait()
        if minutes is not None:
            messages.error(request, f"Too many failed attempts. Try again in {minutes} min.")
            return HttpResponseRedirect(reverse("portal:account-two-factor"))
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if answer.status_code == 200:
            guessing.failed()
            answer.status_code = 400
        return answer

    def get_success_url(self) -> str:
        """Go on to the recovery codes."""
        messages.success(self.request, "Two-factor authentication is on.")
        return reverse("portal:account-codes")


class TakeAway(Around, DeactivateTOTPView):
    """The app is taken away, and the recovery codes with it."""

    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def get_success_url(self) -> str:
        """Go back to the overview."""
        still = has_second_factor(self.visit.membership.user)
        messages.success(self.request, "The app is gone." if still else "Two-factor authentication is off.")
        return reverse("portal:account-two-factor")


class Codes(Around, ViewRecoveryCodesView):
    """The recovery codes, once."""

    template_name = "portal/account/codes.html"
    visit: Visit = None  # type: ignore[assignment]  # given by as_view


class NewCodes(GenerateRecoveryCodesView):
    """New recovery codes; the old ones end."""

    def get_success_url(self) -> str:
        """Show them."""
        return reverse("portal:account-codes")

    def form_invalid(self, form: object) -> HttpResponse:
        """Without an app there is nothing to recover."""
        messages.error(self.request, "Set up an app first; recovery codes are for when it is lost.")
        return HttpResponseRedirect(reverse("portal:account-two-factor"))


@sensitive_post_parameters("code")
@organization_view(before_second_factor=True)
@by_the_person
def set_up(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Set up an app."""
    if _app_of(visit) is not None:
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    return rendered(SetUp.as_view(visit=visit)(request))


@organization_view()
@require_POST
def take_away(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the app away, unless the organization demands one."""
    app = _app_of(visit)
    if app is None:
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    if two_factor_required(visit.organization) and is_last_factor(app):
        messages.error(request, "This organization asks for a second factor; it cannot be taken away.")
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    return rendered(TakeAway.as_view(visit=visit)(request))


@organization_view(before_second_factor=True)
@require_safe
def codes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the recovery codes if they have not been shown yet."""
    if not has_second_factor(visit.membership.user):
        return HttpResponseRedirect(reverse("portal:account-two-factor"))
    return rendered(Codes.as_view(visit=visit)(request))


@organization_view(before_second_factor=True)
@require_POST
def new_codes(request: HttpRequest, _visit: Visit) -> HttpResponse:
    """Make new recovery codes."""
    view = reauthentication_required(NewCodes.as_view(), app="allauth.mfa")
    return rendered(view(request))
