"""Invitations: for one address, once, for seven days, and only a hash is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from crossdock.hub import invitations
from crossdock.hub.members import MemberError, add_member
from crossdock.hub.models import Event, Invitation, Membership, Organization

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BOB = "bob@shop.test"
AUTHOR = "user:ann@shop.test"


def at(**later: int) -> Callable[[], datetime]:
    """A clock."""
    return lambda: NOW + timedelta(**later)


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization without anybody in it."""
    return Organization.objects.create(name="Shop")


def test_the_invited_person_joins_once(organization: Organization) -> None:
    invitation, secret = invitations.invite(
        organization, " Bob@Shop.test", "developer", author=AUTHOR, now=at()
    )
    assert secret.encode() not in bytes(Invitation.objects.get().digest)
    found = invitations.invitation_of(secret, now=at(days=6))
    assert found == invitation
    user = invitations.join_as_new(invitation, name="Bob B. Builder", password="x" * 12, now=at(days=6))
    assert (user.username, user.email, user.first_name, user.last_name) == (BOB, BOB, "Bob", "B. Builder")
    assert Membership.objects.get().role == "developer"
    assert invitations.invitation_of(secret, now=at(days=6)) is None
    with pytest.raises(MemberError, match="no longer open"):
        invitations.accept(invitation, user, now=at(days=6))
    events = list(Event.objects.order_by("pk").values_list("entity", "operation", "author"))
    assert events == [
        ("invitations", "created", AUTHOR), ("users", "created", f"user:{BOB}"),
        ("invitations", "accepted", f"user:{BOB}"),
    ]  # fmt: skip


def test_a_link_ends_after_seven_days_and_when_it_is_taken_back(organization: Organization) -> None:
    invitation, secret = invitations.invite(organization, BOB, "user", author=AUTHOR, now=at())
    assert invitations.invitation_of(secret, now=at(days=7)) is None
    assert invitations.invitations_for(BOB, now=at(days=6)) == [invitation]
    invitations.revoke(invitation, author=AUTHOR, now=at())
    invitations.revoke(invitation, author=AUTHOR, now=at())
    assert invitations.invitation_of(secret, now=at()) is None
    assert invitations.invitations_for(BOB, now=at()) == []
    assert Event.objects.filter(operation="revoked").count() == 1


def test_a_new_link_ends_the_old_one(organization: Organization) -> None:
    invitation, old = invitations.invite(organization, BOB, "user", author=AUTHOR, now=at())
    renewed, new = invitations.renew(invitation, author=AUTHOR, now=at(days=5))
    assert invitations.invitation_of(old, now=at(days=5)) is None
    assert invitations.invitation_of(new, now=at(days=11)) == renewed
    invitation.refresh_from_db()
    with pytest.raises(MemberError, match="invite the address again"):
        invitations.renew(invitation, author=AUTHOR, now=at(days=5))


def test_an_invitation_is_for_its_address_only(organization: Organization) -> None:
    invitation, _ = invitations.invite(organization, BOB, "user", author=AUTHOR, now=at())
    eve = User.objects.create_user("eve@evil.test", "eve@evil.test", "x" * 12)
    with pytest.raises(MemberError, match=r"for bob@shop\.test, not for eve@evil\.test"):
        invitations.accept(invitation, eve, now=at())
    bob = User.objects.create_user(BOB, BOB, "x" * 12)
    with pytest.raises(MemberError, match="log in with it"):
        invitations.join_as_new(invitation, name="", password="y" * 12, now=at())
    assert invitations.accept(invitation, bob, now=at()).user == bob


@pytest.mark.parametrize(
    ("email", "role"), [("bob", "user"), (BOB, "owner"), (f"{'b' * 150}@x.test", "user")]
)
def test_nonsense_invites_nobody(organization: Organization, email: str, role: str) -> None:
    with pytest.raises(MemberError):
        invitations.invite(organization, email, role, author=AUTHOR)
    assert not Invitation.objects.exists()


def test_members_are_not_invited(organization: Organization) -> None:
    add_member(organization, User.objects.create_user(BOB, BOB, "x" * 12), "user", author=AUTHOR)
    with pytest.raises(MemberError, match="a member already"):
        invitations.invite(organization, BOB, "user", author=AUTHOR)
