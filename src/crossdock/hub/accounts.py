"""A person's account: name, address, password, second factor. What changes is written down wherever they belong."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from crossdock.hub.invitations import checked_address
from crossdock.hub.members import MemberError, record_account


def set_name(user: User, name: str, *, author: str) -> None:
    """Change what a person is called."""
    first, _, last = " ".join(name.split()).partition(" ")
    before = user.get_full_name()
    with transaction.atomic():
        user.first_name, user.last_name = first[:150], last[:150]
        user.save(update_fields=["first_name", "last_name"])
        if user.get_full_name() != before:
            record_account(
                user, "renamed", author=author, before={"name": before}, after={"name": user.get_full_name()}
            )


def set_address(user: User, email: str, *, author: str) -> None:
    """Change the address that a person logs in with. Raises `MemberError`."""
    address, before = checked_address(email), user.get_username()
    if address == before:
        return
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(username=address, email=address)
            record_account(
                user, "addressChanged", author=author, before={"email": before}, after={"email": address}
            )
    except IntegrityError as error:
        raise MemberError("email", "this address cannot be used here; choose another one") from error
    user.refresh_from_db()


def set_password(user: User, password: str, *, author: str) -> None:
    """Change a password that the caller has checked; sessions begun with the old one end."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        record_account(user, "passwordChanged", author=author)


def drop_second_factors(user: User, *, author: str) -> bool:
    """Take every second factor of a person away; returns whether there was any."""
    from allauth.mfa.models import Authenticator

    with transaction.atomic():
        gone, _ = Authenticator.objects.filter(user=user).delete()
        if gone:
            record_account(user, "secondFactorReset", author=author)
    return bool(gone)
