"""Making sure that it is the person themselves, before something that matters: by password or by code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.forms import ReauthenticateForm
from allauth.account.views import BaseReauthenticateView, ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from crossdock.hub.clock import system_clock
from crossdock.portal.access import Visit, around, organization_view, plain
from crossdock.portal.identity.guessing import Guessing, at_code, at_password
from crossdock.portal.identity.passkey_forms import ConfirmingPasskeyForm
from crossdock.portal.identity.passkeys import ask
from crossdock.portal.identity.second_factor import dress, has_second_factor
from crossdock.portal.views.account.late import leading_somewhere, rendered

LATELY = timedelta(minutes=15)
"""For how long a login, a code or a passkey shows that it is the person themselves."""


def shown_lately(request: HttpRequest) -> bool:
    """Return whether somebody has logged in, or shown who they are, within `LATELY`."""
    moments = [float(record.get("at", 0)) for record in get_authentication_records(request, request.user)]
    return bool(moments) and system_clock().timestamp() - max(moments) < LATELY.total_seconds()


def by_the_person(
    view: Callable[[HttpRequest, Visit], HttpResponse],
) -> Callable[[HttpRequest, Visit], HttpResponse]:
    """Have those without a password show who they are before something that gives a lasting way in.

    Everybody else is asked for the password by the page itself. Without this, a browser that somebody left open for a
    minute would be enough to come in past the organization's provider from then on.
    """

    @wraps(view)
    def asked(request: HttpRequest, visit: Visit) -> HttpResponse:
        user = visit.membership.user
        if user.has_usable_password() or shown_lately(request):
            return view(request, visit)
        if has_second_factor(user):
            where = urlencode({"next": request.path})
            return HttpResponseRedirect(f"{reverse('portal:account-confirm')}?{where}")
        return plain(
            request, "Log in once more",
            "You have no password here, so only a login of just now shows that it is you. Log out, log in again by "
            "single sign-on, and come back here within 15 minutes. Nothing has changed.",
            status=403, way_on=("Your account", reverse("portal:account")),
        )  # fmt: skip

    return asked


class PasswordForm(ReauthenticateForm):
    """Asks for the password again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        dress(self.fields["password"], "Password", "")


class _Guarded(ABC):
    """What all ways share: our page, and slowing down."""

    template_name = "portal/account/confirm.html"
    visit: Visit
    request: HttpRequest

    @abstractmethod
    def guessing(self) -> Guessing:
        """What is guessed at here."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Django's own signature
        """Check only while this person may try."""
        minutes = self.guessing().minutes_to_wait()
        if minutes is not None:
            return self._page(form=None, blocked_minutes=minutes, status=429)
        answer: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # allauth's views have it
        return answer

    def form_valid(self, form: object) -> HttpResponse:
        """Forget earlier failures, and go on with what was begun."""
        self.guessing().succeeded()
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]  # allauth's views have it
        return answer

    def form_invalid(self, form: object) -> HttpResponse:
        """Count the failure."""
        self.guessing().failed()
        return self._page(form=form, status=400)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add what stands around every page."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # allauth's views have it
        return {**around(self.request, self.visit), **context, **kwargs}

    def _page(self, *, status: int, **context: Any) -> HttpResponse:
        answer: HttpResponse = self.render_to_response(  # type: ignore[attr-defined]  # Django's views have it
            self.get_context_data(**context), status=status
        )
        return answer


class ByPassword(_Guarded, ReauthenticateView):
    """With the password."""

    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def get_form_class(self) -> type[PasswordForm]:
        """Our form; the setting for codes has the same name."""
        return PasswordForm

    def guessing(self) -> Guessing:
        """Guesses at the password."""
        return at_password(self.request, self.request.user.get_username())


class ByPasskey(_Guarded, BaseReauthenticateView):
    """With a passkey."""

    form_class = ConfirmingPasskeyForm
    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def guessing(self) -> Guessing:
        """Guesses at a code."""
        return at_code(self.request, self.request.user.get_username())

    def get_form_kwargs(self) -> dict[str, Any]:  # Django's own signature
        """Tell the form whose passkeys count."""
        return {**super().get_form_kwargs(), "user": self.visit.membership.user}

    def form_valid(self, form: Any) -> HttpResponse:
        """Remember that it was the person, and go on."""
        form.save()
        return super().form_valid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add what the browser is asked for; nothing where no kept passkey can be read."""
        context = super().get_context_data(**kwargs)
        form, options = context["form"], ask(self.visit.membership.user)
        faults = form.errors.get("credential", []) if form is not None and form.is_bound else []
        if not options:
            faults = ["Your passkey cannot be read here any more. Use another way."]
        return {**context, "form": None, "options": options, "passkey_faults": faults}


class ByCode(_Guarded, CodeView):
    """With a code."""

    visit: Visit = None  # type: ignore[assignment]  # given by as_view

    def guessing(self) -> Guessing:
        """Guesses at a code."""
        return at_code(self.request, self.request.user.get_username())


@sensitive_post_parameters("password")
@organization_view(before_second_factor=True)
@leading_somewhere
def by_password(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the password again."""
    return rendered(ByPassword.as_view(visit=visit)(request))


@sensitive_post_parameters("code")
@organization_view(before_second_factor=True)
@leading_somewhere
def by_code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a code."""
    return rendered(ByCode.as_view(visit=visit)(request))


@organization_view(before_second_factor=True)
@leading_somewhere
def by_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a passkey."""
    return rendered(ByPasskey.as_view(visit=visit)(request))
