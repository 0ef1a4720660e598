"""Who belongs to an organization, as what, and what is written down about it.

An organization never loses its last administrator: whoever changes its members holds the organization's row,
so that two who demote each other at the same moment do not both succeed. An administrator who is none any more
leaves no open invitation behind.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import models, transaction

from crossdock.hub.clock import system_clock
from crossdock.hub.events import record_event
from crossdock.hub.inviters import end_invitations
from crossdock.hub.models import Membership, Organization

ENTITY = "users"
"""How events name a membership."""


class MemberError(ValueError):
    """A change of a member that cannot be made: `field`, and what to do instead."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


def author_of(user: User) -> str:
    """Return how events name a person."""
    return f"user:{user.get_username()}"[:80]


def display_name(user: User) -> str:
    """Return how pages name a person: the name, or what they log in with."""
    return user.get_full_name() or user.get_username()


def add_member(organization: Organization, user: User, role: str, *, author: str) -> Membership:
    """Make a person a member. Raises `MemberError` for one who is a member already, or an unknown role."""
    _check_role(role)
    with transaction.atomic():
        _hold(organization.pk)
        if Membership.objects.filter(organization=organization, user=user).exists():
            raise MemberError("email", f"{user.get_username()} is a member already; change the role there")
        member = Membership.objects.create(organization=organization, user=user, role=role)
        after = {"email": user.get_username(), "role": role}
        record_event(organization.pk, ENTITY, member.pk, "created", author=author, after=after)
    return member


def change_role(member: Membership, role: str, *, author: str) -> int:
    """Give a member another role; returns how many invitations end with the former one. Raises `MemberError`."""
    _check_role(role)
    ended = 0
    with transaction.atomic():
        held = _held(member)
        if held.role != role:
            if held.role == Membership.Role.ADMINISTRATOR:
                _keep_an_administrator(held, "role")
            _note(held, "roleChanged", author, before={"role": held.role}, after={"role": role})
            Membership.objects.filter(pk=held.pk).update(role=role)
        if role != Membership.Role.ADMINISTRATOR:
            ended = end_invitations(held, author=author, at=system_clock())
    member.refresh_from_db()
    return ended


def switch_member(member: Membership, *, on: bool, author: str) -> int:
    """Switch a member on or off; returns how many invitations end with it. Raises `MemberError`.

    One that is off keeps role and history, and opens nothing.
    """
    ended = 0
    with transaction.atomic():
        held = _held(member)
        if held.active != on:
            if not on:
                _keep_an_administrator(held, "member")
            _note(held, "switchedOn" if on else "switchedOff", author)
            Membership.objects.filter(pk=held.pk).update(active=on)
        if not on:
            ended = end_invitations(held, author=author, at=system_clock())
    member.refresh_from_db()
    return ended


def remove_member(member: Membership, *, author: str) -> int:
    """End a membership; returns how many invitations end with it. Raises `MemberError`.

    The person's account stays, as other organizations may know it.
    """
    with transaction.atomic():
        held = _held(member)
        _keep_an_administrator(held, "member")
        before = {"email": held.user.get_username(), "role": held.role}
        _note(held, "removed", author, before=before)
        ended = end_invitations(held, author=author, at=system_clock())
        held.delete()
    return ended


def may_look_after(actor: User, user: User) -> bool:
    """Return whether an administrator may renew a person's password or second factor, or end their sessions.

    An account and its sessions open every organization that its owner belongs to, so they are for those only who
    administer all of these; and nobody looks after somebody who belongs nowhere any more.
    """
    theirs = set(Membership.objects.filter(user=user).values_list("organization_id", flat=True))
    own = Membership.objects.filter(
        user=actor, role=Membership.Role.ADMINISTRATOR, active=True, user__is_active=True
    )
    return bool(theirs) and theirs <= set(own.values_list("organization_id", flat=True))


def is_last_administrator(member: Membership) -> bool:
    """Return whether nobody else could administer the organization without this member."""
    return _counts(member) and not _administrators(member.organization_id).exclude(pk=member.pk).exists()


def record_account(
    user: User,
    operation: str,
    *,
    author: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write down something about a person's account in every organization that they belong to."""
    for member in Membership.objects.filter(user=user).order_by("pk"):
        _note(member, operation, author, before=before, after=after)


def _check_role(role: str) -> None:
    if role not in Membership.Role.values:
        raise MemberError("role", f"{role!r} is none of {', '.join(Membership.Role.values)}")


def _hold(organization_id: int) -> None:
    Organization.objects.select_for_update().get(pk=organization_id)


def _held(member: Membership) -> Membership:
    """The member as they are now, with the organization's members held still until the transaction ends."""
    _hold(member.organization_id)
    found = Membership.objects.select_related("user").filter(pk=member.pk).first()
    if found is None:
        raise MemberError("member", "this person has been removed meanwhile; look at the list again")
    return found


def _administrators(organization_id: int) -> models.QuerySet[Membership]:
    return Membership.objects.filter(
        organization_id=organization_id, role=Membership.Role.ADMINISTRATOR, active=True, user__is_active=True
    )


def _counts(member: Membership) -> bool:
    return member.role == Membership.Role.ADMINISTRATOR and member.active and member.user.is_active


def _keep_an_administrator(member: Membership, field: str) -> None:
    if is_last_administrator(member):
        raise MemberError(
            field,
            f"{display_name(member.user)} is the last administrator; make somebody else one first",
        )


def _note(
    member: Membership,
    operation: str,
    author: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record_event(
        member.organization_id, ENTITY, member.pk, operation, author=author, before=before, after=after
    )
