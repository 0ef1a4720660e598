"""The second step of a login: a code of the person's app, or one of their recovery codes."""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.base.views import AuthenticateView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from crossdock.portal.identity.guessing import Guessing, at_code
from crossdock.portal.identity.happenings import note_failed_login
from crossdock.portal.identity.passkey_forms import PasskeyForm
from crossdock.portal.identity.passkeys import ask
from crossdock.portal.views.account.late import leading_somewhere


class SecondStep(AuthenticateView):
    """allauth's view in our look; guessing is slowed down."""

    template_name = "portal/account/second_step.html"
    passkey_form: PasskeyForm
    webauthn_form: Any

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # Django's own signature
        """Check the code only while this person may try."""
        guessing = self._guessing()
        minutes = guessing.minutes_to_wait()
        if minutes is not None:
            context = self.get_context_data(blocked_minutes=minutes)
            return cast("HttpResponse", self.render_to_response(context, status=429))
        if self.form.is_valid():
            guessing.succeeded()
            return cast("HttpResponse", self.form_valid(self.form))
        guessing.failed()
        note_failed_login(request, self.stage.login.user.get_username())
        return cast("HttpResponse", self.form_invalid(self.form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # Django's own signature
        """Add what our template shows: passkeys only to those who have one that can be read."""
        context = super().get_context_data(**kwargs)
        faults = self.passkey_form.errors.get("credential", []) if self.passkey_form.is_bound else []
        return {**context, "options": ask(self.stage.login.user), "passkey_faults": faults, **kwargs}

    def _build_forms(self) -> Any:  # allauth's own signature
        """Keep the form of passkeys from allauth, which would ask with every kept passkey, readable or not."""
        posted = super()._build_forms()
        self.passkey_form, self.webauthn_form = self.webauthn_form, None
        return posted

    def _guessing(self) -> Guessing:
        return at_code(self.request, self.stage.login.user.get_username())


second_step = never_cache(sensitive_post_parameters("code")(leading_somewhere(SecondStep.as_view())))
"""For those who have just given their password; everybody else is sent to the login."""
