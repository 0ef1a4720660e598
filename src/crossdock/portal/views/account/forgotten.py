"""A forgotten password: a link by mail, and the page that it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from crossdock.hub.mail import mail_is_sent, send_soon
from crossdock.hub.members import author_of, record_account
from crossdock.portal.forms import PortalForm
from crossdock.portal.identity.guessing import at_reset
from crossdock.portal.identity.letters import tell_of_password
from crossdock.portal.identity.passwords import reset_link, reset_tokens
from crossdock.portal.identity.sessions import end_sessions

SENT = "If somebody here has this address, a link is on its way there. It is good for one day, and for once."


class ForgottenForm(PortalForm):
    """Whose password."""

    email = forms.CharField(
        label="Your e-mail", max_length=150, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link; the answer is the same whether there is such an account or not."""
    form = ForgottenForm(request.POST or None)
    context: dict[str, object] = {"form": form, "mail": mail_is_sent()}
    status = 200
    if request.method == "POST" and mail_is_sent():
        status = 400
        if form.is_valid():
            address = form.cleaned_data["email"].strip().lower()
            guessing = at_reset(request, address)
            context["blocked_minutes"] = guessing.minutes_to_wait()
            status = 429
            if context["blocked_minutes"] is None:
                guessing.failed()
                _send(address)
                messages.success(request, SENT)
                return HttpResponseRedirect(reverse("portal:login"))
    return render(request, "portal/account/forgotten.html", context, status=status)


def _send(address: str) -> None:
    user = User.objects.filter(username=address, is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    # Not now but soon: how long the answer takes must not tell whether there is such an account.
    send_soon(
        user.email,
        "Set a new password",
        f"Somebody, you we hope, asked to set a new password for your Crossdock account.\n\n"
        f"Do it within a day here:\n{reset_link(user)}\n\nIf it was not you, do nothing.\n",
    )


if TYPE_CHECKING:
    _Form = SetPasswordForm[User]
else:
    _Form = SetPasswordForm


class NewPasswordForm(_Form):
    """Django's form in our look."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "New password"
        self.fields["new_password1"].help_text = "At least 10 characters; a sentence is good."
        self.fields["new_password2"].label = "New password, once more"
        self.fields["new_password2"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"


@method_decorator(never_cache, name="dispatch")
class NewPassword(PasswordResetConfirmView):
    """Set a new password by a link. It does not log in: the second factor is still asked for."""

    template_name = "portal/account/new_password.html"
    form_class = NewPasswordForm
    token_generator = reset_tokens
    success_url = reverse_lazy("portal:login")
    reset_url_token = "now"  # noqa: S105 - what stands in the address instead of the link's secret

    def form_valid(self, form: Any) -> HttpResponse:  # Django's own signature
        """Change it, end every session, and write it down."""
        answer = super().form_valid(form)
        end_sessions(form.user)
        record_account(form.user, "passwordReset", author=author_of(form.user))
        tell_of_password(form.user)
        messages.success(self.request, "Your password has been changed. Log in with it.")
        return answer
