"""The screens of those who are not in yet, who have nothing yet, who may not, or whom something went wrong for."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from crossdock.hub import invitations, members
from crossdock.hub.models import Organization
from crossdock.portal.identity.passwords import reset_link
from crossdock.portal.views.account.session import WelcomeForm

from .screens import CAREFUL, CLERK, HALFWAY, NEWCOMER, NOBODY, Screen

AUTHOR = "demo"
PASSWORD = "correct horse battery"
HOURS = 7200.0
SECRET = "JBSWY3DPEHPK3PXP"
EMPTY = (
    "home", "exceptions", "orders", "requests", "fulfillments", "products", "inventory", "locations", "rules", "cards",
    "integrations", "runs", "events", "settings-keys", "settings-webhooks", "settings-notifications", "settings-audit",
)  # fmt: skip
"""Pages that teach while there is nothing on them."""


def front_screens(organization: Organization) -> list[Screen]:
    """Return them all."""
    _invitation, secret = invitations.invite(organization, "finn@kaffewerk.test", "user", author=AUTHOR)
    forgetful = User.objects.get(username="bea@kaffewerk.test")
    welcome = render_to_string("portal/account/welcome.html", {"form": WelcomeForm()})
    faults = [Screen(f"fault-{name}", "/", page=render_to_string(f"{name}.html")) for name in (400, 500)]
    return [
        Screen("welcome", reverse("portal:welcome"), who=NOBODY, page=welcome),
        Screen("login", reverse("portal:login"), who=NOBODY),
        Screen("login-code", reverse("portal:login-code"), who=HALFWAY),
        Screen("password-forgotten", reverse("portal:password-forgotten"), who=NOBODY),
        Screen("password-new", urlsplit(reset_link(forgetful)).path, who=NOBODY),
        Screen("invitation", reverse("portal:invitation", args=[secret]), who=NOBODY),
        Screen("invitation-gone", reverse("portal:invitation", args=["used-before"]), who=NOBODY, status=404),
        Screen("account-two-factor-set-up", reverse("portal:account-two-factor-set-up"), who=CLERK),
        Screen("account-two-factor-on", reverse("portal:account-two-factor"), who=CAREFUL),
        Screen("account-codes", reverse("portal:account-codes"), who=CAREFUL),
        Screen("fault-403", reverse("portal:settings-members"), who=CLERK, status=403),
        Screen("fault-404", "/orders/nothing", status=404),
        *faults,
        *(Screen(f"{name}-empty", reverse(f"portal:{name}"), who=NEWCOMER) for name in EMPTY),
    ]


def sessions(organization: Organization) -> dict[str, dict[str, str]]:
    """Let everybody in who looks at a screen, but the administrator; gives each one's cookies."""
    empty = Organization.objects.create(name="New shop", timezone="Europe/Berlin")
    who = {
        NEWCOMER: _member(empty, "gil@newshop.test", "administrator"),
        CLERK: _member(organization, "hana@kaffewerk.test", "user"),
        CAREFUL: _member(organization, "ida@kaffewerk.test", "administrator"),
    }
    TOTP.activate(who[CAREFUL], SECRET)
    RecoveryCodes.activate(who[CAREFUL])
    clients = {name: Client(SERVER_NAME="127.0.0.1") for name in (*who, HALFWAY)}
    for name, client in clients.items():
        user = who.get(name, who[CAREFUL])
        client.post("/login", {"username": user.username, "password": PASSWORD})
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
    clients[CAREFUL].post("/login/code", {"code": code})
    for name in who:
        _stay_confirmed(clients[name])
    name = settings.SESSION_COOKIE_NAME
    return {one: {name: client.cookies[name].value} for one, client in clients.items()}


def _stay_confirmed(client: Client) -> None:
    """Show that it is the person themselves, for as long as the pictures take."""
    client.post("/account/confirm", {"password": PASSWORD})
    session = client.session
    for shown in session["account_authentication_methods"]:
        shown["at"] = time.time() + HOURS
    session.save()


def _member(organization: Organization, email: str, role: str) -> User:
    user = User.objects.create_user(username=email, email=email, password=PASSWORD)
    user.first_name = email.split("@", maxsplit=1)[0].capitalize()
    user.save(update_fields=["first_name"])
    members.add_member(organization, user, role, author=AUTHOR)
    return user
