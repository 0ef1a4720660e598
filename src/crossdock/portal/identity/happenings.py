"""What is written down about logging in and about second factors, in the audit log of each organization."""

from __future__ import annotations

from allauth.account.signals import user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import User
from django.http import HttpRequest

from crossdock.callers import address_of
from crossdock.hub.events import SYSTEM
from crossdock.hub.members import author_of, record_account
from crossdock.portal.identity.letters import tell_of_lost_factor
from crossdock.portal.identity.second_factor import SECOND, has_second_factor
from crossdock.portal.identity.sessions import forget_expired

_FACTORS = {"totp": "app", "recovery_codes": "recovery codes", "webauthn": "passkey"}


def listen() -> None:
    """Begin to write down what allauth reports."""
    user_logged_in.connect(_logged_in, dispatch_uid="crossdock")
    authenticator_added.connect(_factor_added, dispatch_uid="crossdock")
    authenticator_removed.connect(_factor_removed, dispatch_uid="crossdock")
    authenticator_reset.connect(_factor_renewed, dispatch_uid="crossdock")


def note_failed_login(request: HttpRequest, username: str) -> None:
    """Write down a failed login under a name that there is; names that there are not leave no trace here."""
    user = User.objects.filter(username=username.strip().lower()[:150]).first()
    if user is not None:
        record_account(user, "loginFailed", author=SYSTEM, after={"address": address_of(request)})


def _logged_in(request: HttpRequest, user: User, **about: object) -> None:
    forget_expired()
    by = "single sign-on" if about.get("sociallogin") else "password"
    record_account(user, "loggedIn", author=author_of(user), after={"address": address_of(request), "by": by})


def _factor(user: User, operation: str, authenticator: object) -> None:
    kind = _FACTORS.get(str(getattr(authenticator, "type", "")), "")
    record_account(user, operation, author=author_of(user), after={"kind": kind})


def _factor_added(user: User, authenticator: object, **_about: object) -> None:
    _factor(user, "secondFactorAdded", authenticator)


def _factor_removed(user: User, authenticator: object, **_about: object) -> None:
    _factor(user, "secondFactorRemoved", authenticator)
    if str(getattr(authenticator, "type", "")) in SECOND and not has_second_factor(user):
        tell_of_lost_factor(user)


def _factor_renewed(user: User, authenticator: object, **_about: object) -> None:
    _factor(user, "secondFactorRenewed", authenticator)
