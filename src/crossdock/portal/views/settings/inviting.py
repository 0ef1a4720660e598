"""Inviting people, and what becomes of invitations."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.hub.invitations import invite, renew, revoke
from crossdock.hub.mail import MailError, mail_is_sent, send
from crossdock.hub.members import MemberError, display_name
from crossdock.hub.models import Invitation
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability


@organization_view(Ability.ADMINISTER)
@require_POST
def invite_somebody(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Invite an address; the link is mailed if mail is sent, and shown here once in any case."""
    try:
        made, secret = invite(
            visit.organization,
            request.POST.get("email", ""),
            request.POST.get("role", ""),
            author=visit.author,
            by=visit.membership.user,
        )
    except MemberError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("portal:settings-members"))
    return _link_page(request, visit, made, secret)


@organization_view(Ability.ADMINISTER)
@require_POST
def again(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Make a new link for an invitation, and send or show it."""
    found = _invitation(visit, pk)
    try:
        made, secret = renew(found, author=visit.author, by=visit.membership.user)
    except MemberError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("portal:settings-members"))
    return _link_page(request, visit, made, secret)


@organization_view(Ability.ADMINISTER)
@require_POST
def take_back(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Take an invitation back."""
    found = _invitation(visit, pk)

    def deed() -> str:
        revoke(found, author=visit.author)
        return f"The invitation of {found.email} has been taken back; its link opens nothing any more."

    return carry_out(request, deed, back=reverse("portal:settings-members"), failures=MemberError)


def _link_page(request: HttpRequest, visit: Visit, made: Invitation, secret: str) -> HttpResponse:
    link = f"{settings.CROSSDOCK.public_url}{reverse('portal:invitation', args=[secret])}"
    about = "This Crossdock sends no mail: copy the link and hand it over yourself."
    if mail_is_sent():
        about = f"It has been sent to {made.email}. You can also hand it over yourself."
        try:
            send(made.email, f"Join {visit.organization.name}", _text(visit, made, link))
        except MailError as error:
            about = f"It could not be sent ({error}). Copy the link and hand it over yourself."
    context = {
        "tab": "members", "title": f"Invitation for {made.email}", "link": link,
        "about": f"{about} It is good for seven days, and for once. It is not shown again.",
    }  # fmt: skip
    return show(request, visit, "portal/settings/link.html", context)


def _text(visit: Visit, made: Invitation, link: str) -> str:
    return (
        f"{display_name(visit.membership.user)} invites you to {visit.organization.name} as "
        f"{made.get_role_display().lower()}.\n\nJoin within seven days here:\n{link}\n\n"
        "If you expect no invitation, do nothing.\n"
    )


def _invitation(visit: Visit, pk: int) -> Invitation:
    rows = Invitation.objects.select_related("organization")
    return get_object_or_404(rows.filter(organization=visit.organization, pk=pk))
