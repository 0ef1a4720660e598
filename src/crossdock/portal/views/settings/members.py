"""Members: who belongs here and as what."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crossdock.hub import members
from crossdock.hub.accounts import drop_second_factors
from crossdock.hub.api_keys import live_keys_of
from crossdock.hub.inviters import open_invitations
from crossdock.hub.mail import mail_is_sent
from crossdock.hub.members import MemberError, display_name
from crossdock.hub.models import Invitation, Membership
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import act_on
from crossdock.portal.identity.letters import tell_of_lost_factor
from crossdock.portal.identity.passwords import reset_link
from crossdock.portal.identity.second_factor import SECOND
from crossdock.portal.identity.sessions import end_sessions
from crossdock.portal.roles import Ability, may

ELSEWHERE = (
    "this person also belongs to an organization that you do not administer; only somebody who administers all of "
    "them may renew the way in"
)
SHARED = (
    "this person also belongs to an organization that you do not administer, and their sessions open both; to keep "
    "them out of yours at once, switch them off here"
)


def _member(visit: Visit, pk: int) -> Membership:
    return get_object_or_404(
        Membership.objects.select_related("user").filter(organization=visit.organization, pk=pk)
    )


act = act_on(_member, back="portal:settings-members", failures=MemberError)


@organization_view(Ability.ADMINISTER)
@require_safe
def members_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show members and open invitations. Five queries, however many there are."""
    found = list(
        Membership.objects.filter(organization=visit.organization).select_related("user").order_by("pk")
    )
    people = [one.user_id for one in found]
    factors = Authenticator.objects.filter(user_id__in=people, type__in=SECOND)
    protected = set(factors.values_list("user_id", flat=True))
    sessions = UserSession.objects.filter(user_id__in=people).values("user_id")
    seen = dict(sessions.annotate(last=Max("last_seen_at")).values_list("user_id", "last"))
    rows = [
        {
            "member": one,
            "name": display_name(one.user),
            "protected": one.user_id in protected,
            "seen": seen.get(one.user_id, one.user.last_login),
            "self": one.pk == visit.membership.pk,
        }
        for one in found
    ]
    context = {
        "tab": "members",
        "rows": rows,
        "roles": Membership.Role.choices,
        "invitations": open_invitations(Invitation.objects.filter(organization=visit.organization)).order_by(
            "pk"
        ),
        "mail": mail_is_sent(),
    }
    return show(request, visit, "portal/settings/members.html", context)


@organization_view(Ability.ADMINISTER)
@act
def change_role(request: HttpRequest, visit: Visit, member: Membership) -> str:
    """Give a member another role."""
    ended = members.change_role(member, request.POST.get("role", ""), author=visit.author)
    left = _left_behind(member, ended, gone=not may(member.role, Ability.DEVELOP))
    return f"{display_name(member.user)} is {member.get_role_display().lower()} now.{left}"


@organization_view(Ability.ADMINISTER)
@act
def switch(request: HttpRequest, visit: Visit, member: Membership) -> str:
    """Switch a member off, or on again."""
    on = request.POST.get("on") == "yes"
    ended = members.switch_member(member, on=on, author=visit.author)
    name = display_name(member.user)
    if on:
        return f"{name} may come in again."
    return f"{name} is switched off and sees nothing here any more.{_left_behind(member, ended, gone=True)}"


@organization_view(Ability.ADMINISTER)
@act
def remove(request: HttpRequest, visit: Visit, member: Membership) -> str:
    """Remove a member."""
    name = display_name(member.user)
    ended = members.remove_member(member, author=visit.author)
    return f"{name} has been removed.{_left_behind(member, ended, gone=True)}"


@organization_view(Ability.ADMINISTER)
@act
def log_out(request: HttpRequest, visit: Visit, member: Membership) -> str:
    """End every session of a member, if all that they open is administered by whoever asks."""
    if member.pk != visit.membership.pk and not members.may_look_after(visit.membership.user, member.user):
        raise MemberError("member", SHARED)
    ended = end_sessions(member.user, but=request.session.session_key)
    members.record_account(member.user, "loggedOutEverywhere", author=visit.author)
    return f"{display_name(member.user)} is logged out everywhere ({ended} sessions)."


@organization_view(Ability.ADMINISTER)
@act
def reset_factor(request: HttpRequest, visit: Visit, member: Membership) -> str:
    """Take a member's second factor away, because the phone is lost."""
    _check_keys(visit, member)
    name = display_name(member.user)
    if not drop_second_factors(member.user, author=visit.author):
        return f"{name} has no second factor; nothing was changed."
    end_sessions(member.user)
    tell_of_lost_factor(member.user)
    return f"The second factor of {name} is gone; the password alone opens the account until a new one is set up."


@organization_view(Ability.ADMINISTER)
@require_POST
def reset_password(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Make a link by which a member sets a new password; it is shown here and nowhere else."""
    member = _member(visit, pk)
    try:
        _check_keys(visit, member)
    except MemberError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("portal:settings-members"))
    members.record_account(member.user, "resetLinkMade", author=visit.author)
    context = {
        "tab": "members", "title": f"A new password for {display_name(member.user)}",
        "link": reset_link(member.user, maker=visit.membership.user),
        "about": "Hand this link over yourself. It is good for one day and for one new password; whoever has it "
        "can set it. A second factor is still asked for. It ends when the person joins another organization.",
    }  # fmt: skip
    return show(request, visit, "portal/settings/link.html", context)


def _left_behind(member: Membership, ended: int, *, gone: bool) -> str:
    """Say what of a member's power has ended with it; where it is `gone`, the programs that go on with their keys."""
    said = ""
    if ended:
        words = (
            "One open invitation of theirs has" if ended == 1 else f"{ended} open invitations of theirs have"
        )
        said = f" {words} ended."
    keys = live_keys_of(member.organization, members.author_of(member.user)) if gone else []
    if keys:
        said += f" API keys that they made go on working: {', '.join(keys)}. Revoke those that should not."
    return said


def _check_keys(visit: Visit, member: Membership) -> None:
    if member.pk == visit.membership.pk:
        raise MemberError("member", "this is you; use your own account page")
    if not members.may_look_after(visit.membership.user, member.user):
        raise MemberError("member", ELSEWHERE)
