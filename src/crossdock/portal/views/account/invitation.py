"""Following an invitation: with a new account, or with the one that the person has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from crossdock.hub.invitations import accept, invitation_of, join_as_new
from crossdock.hub.members import MemberError
from crossdock.hub.models import Invitation
from crossdock.portal.access import SESSION_ORGANIZATION, plain
from crossdock.portal.forms import PortalForm
from crossdock.portal.identity.passwords import password_faults
from crossdock.portal.identity.people import let_in
from crossdock.portal.identity.single_sign_on import sign_on

_NEW = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class JoinForm(PortalForm):
    """What a new account needs."""

    name = forms.CharField(
        label="Your name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=_NEW, help_text="At least 10 characters; a sentence is good."
    )
    again = forms.CharField(label="Password, once more", strip=False, widget=_NEW)

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Check that the passwords agree and are not easily guessed."""
        values: dict[str, Any] = super().clean() or {}
        for field, message in password_faults(values, User(username=self.email, email=self.email)):
            self.add_error(field, message)
        return values


@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Show an invitation, and take it up."""
    found = invitation_of(secret)
    if found is None:
        return plain(
            request, "This invitation is no longer open",
            "It has been used or taken back, or is older than a week. Ask whoever invited you for a new one.",
            status=404,
        )  # fmt: skip
    if request.user.is_authenticated:
        return _with_this_account(request, found, request.user)
    if User.objects.filter(username=found.email).exists():
        return _show(request, found, known=True)
    return _with_new_account(request, found)


def _with_this_account(request: HttpRequest, found: Invitation, user: User) -> HttpResponse:
    if user.get_username() != found.email:
        return _show(request, found, other=user.get_username())
    if request.method == "POST":
        try:
            member = accept(found, user)
        except MemberError as error:
            return plain(request, "Not possible", str(error), status=409)
        request.session[SESSION_ORGANIZATION] = member.organization_id
        messages.success(request, f"Welcome to {found.organization.name}.")
        return HttpResponseRedirect(reverse("portal:home"))
    return _show(request, found, own=True)


def _with_new_account(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(found.email, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            user = join_as_new(found, name=values["name"], password=values["password"])
        except MemberError as error:
            return plain(request, "Not possible", str(error), status=409)
        return let_in(request, user, reverse("portal:home"))
    return _show(request, found, form=form, status=400 if form.is_bound else 200)


def _show(request: HttpRequest, found: Invitation, *, status: int = 200, **how: object) -> HttpResponse:
    context = {"invitation": found, "sign_on": sign_on(), **how}
    return render(request, "portal/account/invitation.html", context, status=status)
