"""Members of an organization: roles, switching off, removing, and the last administrator."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from crossdock.hub import members
from crossdock.hub.invitations import accept, invitation_of, invitations_for, invite
from crossdock.hub.models import Event, Membership, Organization

ANN, BOB = "ann@shop.test", "bob@shop.test"
AUTHOR = f"user:{ANN}"


@pytest.fixture
def organization(db: None) -> Organization:
    """An organization without anybody in it."""
    return Organization.objects.create(name="Shop")


def joined(organization: Organization, name: str, role: str = "administrator") -> Membership:
    """A member."""
    user = User.objects.filter(username=name).first() or User.objects.create_user(name, name, "x" * 12)
    return members.add_member(organization, user, role, author="crossdock")


def told(organization: Organization) -> list[tuple[str, str, Any, Any]]:
    """What was written down, oldest first."""
    rows = Event.objects.filter(organization=organization, entity="users").order_by("pk")
    return list(rows.values_list("operation", "author", "before", "after"))


def test_a_role_changes_and_that_is_written_down(organization: Organization) -> None:
    joined(organization, ANN)
    bob = joined(organization, BOB, "user")
    members.change_role(bob, "developer", author=AUTHOR)
    members.change_role(bob, "developer", author=AUTHOR)
    assert bob.role == "developer"
    assert told(organization)[2:] == [("roleChanged", AUTHOR, {"role": "user"}, {"role": "developer"})]
    with pytest.raises(members.MemberError, match="role: 'owner' is none of"):
        members.change_role(bob, "owner", author=AUTHOR)


def test_nobody_is_a_member_twice(organization: Organization) -> None:
    joined(organization, ANN)
    with pytest.raises(members.MemberError, match="a member already"):
        joined(organization, ANN, "user")


def test_the_last_administrator_stays(organization: Organization) -> None:
    ann, bob = joined(organization, ANN), joined(organization, BOB)
    members.switch_member(bob, on=False, author=AUTHOR)
    for act in (
        lambda: members.change_role(ann, "user", author=AUTHOR),
        lambda: members.switch_member(ann, on=False, author=AUTHOR),
        lambda: members.remove_member(ann, author=AUTHOR),
    ):
        with pytest.raises(members.MemberError, match="the last administrator"):
            act()
    members.switch_member(bob, on=True, author=AUTHOR)
    members.remove_member(ann, author=AUTHOR)
    assert [one.user.username for one in Membership.objects.all()] == [BOB]
    assert User.objects.filter(username=ANN).exists()
    assert told(organization)[-1] == ("removed", AUTHOR, {"email": ANN, "role": "administrator"}, None)


def test_an_account_that_is_closed_is_no_administrator(organization: Organization) -> None:
    ann, bob = joined(organization, ANN), joined(organization, BOB)
    User.objects.filter(username=BOB).update(is_active=False)
    with pytest.raises(members.MemberError):
        members.remove_member(ann, author=AUTHOR)
    members.remove_member(bob, author=AUTHOR)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_do_not_both_succeed() -> None:
    organization = Organization.objects.create(name="Shop")
    ann, bob = joined(organization, ANN), joined(organization, BOB)
    together, refused = Barrier(2), []

    def remove(member: Membership) -> None:
        try:
            together.wait()
            members.remove_member(member, author=AUTHOR)
        except members.MemberError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [Thread(target=remove, args=(one,)) for one in (ann, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.count() == 1


def test_keys_of_an_account_are_for_those_who_administer_all_it_opens(organization: Organization) -> None:
    other = Organization.objects.create(name="Rival")
    ann, bob = joined(organization, ANN), joined(organization, BOB, "user")
    assert members.may_look_after(ann.user, bob.user)
    joined(other, BOB)
    assert not members.may_look_after(ann.user, bob.user)
    joined(other, ANN, "user")
    assert not members.may_look_after(ann.user, bob.user)
    Membership.objects.filter(organization=other, user=ann.user).update(role="administrator")
    assert members.may_look_after(ann.user, bob.user)


@pytest.mark.parametrize("act", ["demote", "switch off", "remove"])
def test_invitations_end_with_the_power_of_whoever_made_them(organization: Organization, act: str) -> None:
    """Else somebody who is sent away has a door left, as an administrator under any address."""
    ann, bob = joined(organization, ANN), joined(organization, BOB)
    _, left = invite(organization, "eve@shop.test", "administrator", author=f"user:{BOB}", by=bob.user)
    _, stays = invite(organization, "dora@shop.test", "user", author=AUTHOR, by=ann.user)
    _, typed = invite(organization, "carl@shop.test", "user", author="cli:root")
    match act:
        case "demote":
            assert members.change_role(bob, "developer", author=AUTHOR) == 1
        case "switch off":
            assert members.switch_member(bob, on=False, author=AUTHOR) == 1
            members.switch_member(bob, on=True, author=AUTHOR)
        case _:
            assert members.remove_member(bob, author=AUTHOR) == 1
    assert [bool(invitation_of(secret)) for secret in (left, stays, typed)] == [False, True, True]
    [event] = Event.objects.filter(entity="invitations", operation="revoked")
    assert (event.author, event.before) == (AUTHOR, {"email": "eve@shop.test", "role": "administrator"})
    assert event.reason == "Whoever invited is no administrator any more."


def test_what_an_invitation_rests_on_is_asked_when_it_is_used(organization: Organization) -> None:
    joined(organization, ANN)
    bob = joined(organization, BOB)
    invitation, secret = invite(organization, "eve@shop.test", "user", author=f"user:{BOB}", by=bob.user)
    eve = User.objects.create_user("eve@shop.test", "eve@shop.test", "x" * 12)
    User.objects.filter(pk=bob.user_id).update(is_active=False)
    assert invitation_of(secret) is None
    assert invitations_for("eve@shop.test") == []
    with pytest.raises(members.MemberError, match="no longer open"):
        accept(invitation, eve)
    User.objects.filter(pk=bob.user_id).update(is_active=True)
    assert accept(invitation, eve).user == eve
