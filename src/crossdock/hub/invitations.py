"""Invitations: a link for one e-mail address that makes its holder a member, once, within seven days."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from crossdock.hub.clock import Clock, system_clock
from crossdock.hub.events import record_event
from crossdock.hub.inviters import ENTITY, OPEN, end_invitation, open_invitations
from crossdock.hub.members import MemberError, add_member, author_of
from crossdock.hub.models import Invitation, Membership, Organization

VALID_FOR = timedelta(days=7)


def checked_address(text: str) -> str:
    """Return an e-mail address as it is kept: in lower case. Raises `MemberError`."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise MemberError("email", f"{text.strip()!r} is not an e-mail address") from error
    if len(address) > 150:
        raise MemberError("email", "an address may have 150 characters at most")
    return address


def invite(
    organization: Organization,
    email: str,
    role: str,
    *,
    author: str,
    by: User | None = None,
    now: Clock = system_clock,
) -> tuple[Invitation, str]:
    """Invite an address; returns the invitation and the secret of its link, which is never seen again.

    An open invitation of the same address is taken back: the newest link is the one that works. `by` is the
    administrator who invites: the invitation ends with their power (`inviters`).
    Raises `MemberError` for a member, an unknown role, or what is no address.
    """
    address = checked_address(email)
    if role not in Membership.Role.values:
        raise MemberError("role", f"{role!r} is none of {', '.join(Membership.Role.values)}")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if Membership.objects.filter(organization=organization, user__username=address).exists():
            raise MemberError("email", f"{address} is a member already; change the role in the list")
        open_ones = Invitation.objects.filter(OPEN, organization=organization, email=address)
        open_ones.update(revoked_at=now())
        invitation = Invitation.objects.create(
            organization=organization, email=address, role=role, digest=_digest(secret), author=author[:80],
            invited_by=by, expires_at=now() + VALID_FOR,
        )  # fmt: skip
        record_event(
            organization.pk, ENTITY, invitation.pk, "created", author=author,
            after={"email": address, "role": role},
        )  # fmt: skip
    return invitation, secret


def renew(
    invitation: Invitation, *, author: str, by: User | None = None, now: Clock = system_clock
) -> tuple[Invitation, str]:
    """Make a new link for an open invitation, valid for seven more days; the old link ends. Raises `MemberError`."""
    if invitation.accepted_at or invitation.revoked_at:
        raise MemberError("invitation", "it has been used or taken back; invite the address again")
    return invite(invitation.organization, invitation.email, invitation.role, author=author, by=by, now=now)


def revoke(invitation: Invitation, *, author: str, now: Clock = system_clock) -> None:
    """Take an invitation back; its link ends at once. Twice is once, and one that was used stays used."""
    with transaction.atomic():
        held = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if held.revoked_at is None and held.accepted_at is None:
            end_invitation(held, author=author, at=now())
    invitation.refresh_from_db()


def invitation_of(secret: str, *, now: Clock = system_clock) -> Invitation | None:
    """Return the invitation that a link's secret opens; None for one used, ended, too old or made up."""
    rows = open_invitations(Invitation.objects.select_related("organization"))
    return rows.filter(digest=_digest(secret), expires_at__gt=now()).first()


def invitations_for(email: str, *, now: Clock = system_clock) -> list[Invitation]:
    """Return the open invitations of an address that has been proven to be somebody's, oldest first."""
    rows = open_invitations(Invitation.objects.select_related("organization"))
    return list(rows.filter(email=email.strip().lower(), expires_at__gt=now()).order_by("pk"))


def accept(invitation: Invitation, user: User, *, now: Clock = system_clock) -> Membership:
    """Make the invited person a member; of two who use a link at the same moment one succeeds.

    The caller has made sure that `user` is who was invited. Raises `MemberError`.
    """
    with transaction.atomic():
        held = _held(invitation)
        if held is None or held.expires_at <= now():
            raise MemberError("invitation", "it is no longer open; ask for a new one")
        if user.get_username() != held.email:
            raise MemberError("invitation", f"it is for {held.email}, not for {user.get_username()}")
        member = add_member(held.organization, user, held.role, author=author_of(user))
        Invitation.objects.filter(pk=held.pk).update(accepted_at=now())
        record_event(
            held.organization_id, ENTITY, held.pk, "accepted", author=author_of(user),
            after={"email": held.email, "role": held.role},
        )  # fmt: skip
    return member


def join_as_new(
    invitation: Invitation, *, name: str, password: str | None, now: Clock = system_clock
) -> User:
    """Make an account for the invited address and a member of its owner; without a password it has none.

    The caller has checked the password. Raises `MemberError`, also when the address has an account already.
    """
    first, _, last = name.strip().partition(" ")
    with transaction.atomic():
        _held(invitation)
        if User.objects.filter(username=invitation.email).exists():
            raise MemberError("invitation", f"{invitation.email} has an account; log in with it to join")
        user = User.objects.create_user(
            invitation.email, invitation.email, password, first_name=first[:150], last_name=last.strip()[:150]
        )
        accept(invitation, user, now=now)
    return user


def _held(invitation: Invitation) -> Invitation | None:
    """The invitation, held still until the transaction ends; None if it is not open any more.

    The organization first, as those do who take somebody's power: nobody waits for somebody who waits for them.
    """
    Organization.objects.select_for_update().get(pk=invitation.organization_id)
    Invitation.objects.select_for_update().get(pk=invitation.pk)
    return (
        open_invitations(Invitation.objects.select_related("organization")).filter(pk=invitation.pk).first()
    )


def _digest(secret: str) -> bytes:
    # Unsalted and fast on purpose: the secret is 256 random bits, so there is nothing to guess it from.
    return hashlib.sha256(secret.encode()).digest()
