"""A person's own account: name, address and password."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from crossdock.hub import accounts
from crossdock.hub.invitations import checked_address
from crossdock.hub.mail import MailError, mail_is_sent, send
from crossdock.hub.members import MemberError, display_name
from crossdock.portal.access import Visit, organization_view, plain, show
from crossdock.portal.forms import PortalForm
from crossdock.portal.identity.guessing import at_password
from crossdock.portal.identity.letters import tell_of_address, tell_of_password
from crossdock.portal.identity.passwords import password_faults
from crossdock.portal.identity.sessions import end_sessions
from crossdock.portal.views.account.confirming import by_the_person

SALT = "crossdock.portal.address"
LINK_VALID = 24 * 3600
CURRENT = forms.PasswordInput(attrs={"autocomplete": "current-password"})
NEW = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class NameForm(PortalForm):
    """What the person is called."""

    name = forms.CharField(
        label="Name", max_length=150, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="Shown to the others here. Events keep naming the address.",
    )  # fmt: skip


class _WithPassword(PortalForm):
    """A change for which the current password is asked, as often as a login may be tried."""

    current = forms.CharField(label="Current password", strip=False, widget=CURRENT)

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, user
        if not user.has_usable_password():
            del self.fields["current"]

    def clean_current(self) -> str:
        """Check the current password."""
        guessing = at_password(self.request, self.user.get_username())
        minutes = guessing.minutes_to_wait()
        if minutes is not None:
            raise forms.ValidationError(f"Too many failed attempts. Try again in {minutes} min.")
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            guessing.failed()
            raise forms.ValidationError("This is not your password.")
        guessing.succeeded()
        return current


class AddressForm(_WithPassword):
    """Another address to log in with."""

    email = forms.CharField(
        label="New e-mail", max_length=150, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ["email", "current"]

    def clean_email(self) -> str:
        """Check that it is an address, and another one."""
        try:
            address = checked_address(self.cleaned_data["email"])
        except MemberError as error:
            raise forms.ValidationError(error.message) from error
        if address == self.user.get_username():
            raise forms.ValidationError("This is your address already.")
        return address


class PasswordForm(_WithPassword):
    """A new password."""

    password = forms.CharField(
        label="New password", strip=False, widget=NEW, help_text="At least 10 characters; a sentence is good."
    )
    again = forms.CharField(label="New password, once more", strip=False, widget=NEW)

    def clean(self) -> dict[str, Any]:
        """Check that the passwords agree and are not easily guessed."""
        values: dict[str, Any] = super().clean() or {}
        for field, message in password_faults(values, self.user):
            self.add_error(field, message)
        return values


@organization_view()
def account(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the account, and change the name."""
    user = visit.membership.user
    form = NameForm(request.POST or None, initial={"name": user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        accounts.set_name(user, form.cleaned_data["name"], author=visit.author)
        messages.success(request, f"You are called {display_name(user)} now.")
        return HttpResponseRedirect(reverse("portal:account"))
    return _page(request, visit, "profile", form)


@sensitive_post_parameters("current")
@organization_view()
@by_the_person
def address(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Change the address: by a link that is sent there, or at once on a hub that sends no mail."""
    user = visit.membership.user
    form = AddressForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["email"]
        try:
            messages.success(request, _send_link(user, new) if mail_is_sent() else _change_at_once(user, new))
        except MailError as error:
            messages.error(request, f"Nothing has changed: {error}.")
        except MemberError as error:
            form.refuse(error.field, error.message)
            return _page(request, visit, "address", form)
        return HttpResponseRedirect(reverse("portal:account-email"))
    return _page(request, visit, "address", form)


def _send_link(user: User, new: str) -> str:
    token = signing.dumps({"user": user.pk, "from": user.get_username(), "to": new}, salt=SALT)
    link = f"{settings.CROSSDOCK.public_url}{reverse('portal:account-email-confirm', args=[token])}"
    send(
        new,
        "Confirm your new address",
        f"Somebody who knows your password asked to log in to Crossdock with this address.\n\n"
        f"Confirm it within 24 hours, in the browser where you are logged in:\n{link}\n\n"
        "If it was not you, do nothing.\n",
    )
    return f"A link was sent to {new}. Your address changes when you open it."


def _change_at_once(user: User, new: str) -> str:
    accounts.set_address(user, new, author=f"user:{user.get_username()}"[:80])
    # Nobody has proven that it is theirs: single sign-on must not let the real owner of that address in here.
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=new, verified=False, primary=True)
    return f"You log in with {new} now."


@organization_view()
def confirm_address(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Change the address when the link that was sent there is opened, after one more click."""
    user = visit.membership.user
    try:
        asked = signing.loads(token, salt=SALT, max_age=LINK_VALID)
    except signing.BadSignature:
        asked = {}
    if asked.get("user") != user.pk or asked.get("from") != user.get_username():
        return plain(
            request, "This link is of no use any more",
            "It is older than a day, has been used, or belongs to another account. Ask for a new one.",
            status=404, way_on=("Your account", reverse("portal:account-email")),
        )  # fmt: skip
    if request.method == "POST":
        try:
            accounts.set_address(user, asked["to"], author=visit.author)
        except MemberError as error:
            messages.error(request, str(error))
        else:
            EmailAddress.objects.filter(user=user).delete()
            tell_of_address(asked["from"], user)
            messages.success(request, f"You log in with {user.get_username()} now.")
        return HttpResponseRedirect(reverse("portal:account-email"))
    return show(request, visit, "portal/account/confirm_address.html", {"tab": "address", "new": asked["to"]})


@sensitive_post_parameters("current", "password", "again")
@organization_view()
@by_the_person
def password(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Change the password; every other session ends."""
    user = visit.membership.user
    form = PasswordForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.set_password(user, form.cleaned_data["password"], author=visit.author)
        update_session_auth_hash(request, user)
        end_sessions(user, but=request.session.session_key)
        tell_of_password(user)
        messages.success(request, "Your password has been changed. You are logged out everywhere else.")
        return HttpResponseRedirect(reverse("portal:account-password"))
    return _page(request, visit, "password", form)


_WORDS = {
    "profile": ("Profile", "Save"),
    "address": ("E-mail", "Change e-mail"),
    "password": ("Password", "Change password"),
}


def _page(request: HttpRequest, visit: Visit, tab: str, form: PortalForm) -> HttpResponse:
    title, act = _WORDS[tab]
    context = {"tab": tab, "form": form, "title": title, "act": act, "mail": mail_is_sent()}
    return show(request, visit, "portal/account/form.html", context, status=400 if form.is_bound else 200)
