"""Mails to people about their own account: what has changed, and what to do if it was somebody else.

They go to the address that the person had before the change, so that whoever took an account over cannot keep its owner
from learning of it. They are sent in the background, and on a hub that sends no mail not at all.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse

from crossdock.hub.mail import mail_is_sent, send_soon


def tell_of_address(before: str, user: User) -> None:
    """Tell the former address of an account that it has another one now."""
    _tell(
        before, "Your address has been changed",
        f"Your Crossdock account at {_hub()} has another address: you log in with {user.get_username()} from now on, "
        f"and no longer with {before}. Mail about the account goes there.",
        "somebody has your password. Ask an administrator of your organization at once to log the account out "
        "everywhere and to make you a link for a new password; both are under Settings, Members, More. Then change the "
        "address back.",
    )  # fmt: skip


def tell_of_password(user: User) -> None:
    """Tell somebody that their password is another one now."""
    _tell(
        user.email, "Your password has been changed",
        f"The password of your Crossdock account {user.get_username()} at {_hub()} has been changed. All sessions that "
        "were begun with the former one have ended.",
        f"set a new one at once: {_hub()}{reverse('portal:password-forgotten')}\nThen look at your address, your "
        "second factor and your sessions, behind your name at the upper right.",
    )  # fmt: skip


def tell_of_lost_factor(user: User) -> None:
    """Tell somebody that their password alone opens their account."""
    _tell(
        user.email, "Two-factor authentication is off",
        f"Your Crossdock account {user.get_username()} at {_hub()} has no second factor any more: the password alone "
        "opens it.",
        "change your password at once, set the second factor up again, and tell an administrator of your organization.",
    )  # fmt: skip


def _hub() -> str:
    return str(settings.CROSSDOCK.public_url)


def _tell(address: str, subject: str, what: str, otherwise: str) -> None:
    if mail_is_sent() and "@" in address:
        text = f"{what}\n\nIf that is what you wanted, there is nothing to do.\n\nIf it was not you: {otherwise}\n"
        send_soon(address, subject, text)
