"""Logging people in: allauth leads through the second factor, and says nothing in its own words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import perform_login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from crossdock.callers import address_of
from crossdock.portal.access import plain


def let_in(request: HttpRequest, user: User, where: str) -> HttpResponse:
    """Log in somebody whose password has been checked: by way of their second factor, if they have one.

    `where` is the page to go to afterwards; the caller has made sure that it is one of ours.
    """
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=where)
    return response


class AccountAdapter(DefaultAccountAdapter):
    """allauth's view of accounts: nobody signs up, and pages speak in our words, not in its own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody: people are invited."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:  # allauth's own signature
        """Say nothing: our pages do."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:  # allauth's own signature
        """Send nothing: mail goes out through `crossdock.hub.mail`."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Say that the account is closed."""
        return plain(
            request, "Switched off", "This account has been switched off. Ask an administrator.", status=403
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return where the request came from; the unspecified address for a connection without any."""
        return address_of(request) or "::"
