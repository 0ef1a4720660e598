"""Where one is logged in, and logging out there."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.identity.sessions import device_name, devices_of, end_sessions


@organization_view()
@require_safe
def devices(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show one's sessions."""
    context = {"tab": "sessions", "devices": devices_of(request)}
    return show(request, visit, "portal/account/sessions.html", context)


@organization_view()
@require_POST
def end_one(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    found = UserSession.objects.filter(pk=pk, user=visit.membership.user).first()
    if found is None:
        raise Http404
    found.end()
    messages.success(request, f"{device_name(found.user_agent)} has been logged out.")
    return HttpResponseRedirect(reverse("portal:account-sessions"))


@organization_view()
@require_POST
def end_others(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End all of one's sessions but this one."""
    ended = end_sessions(visit.membership.user, but=request.session.session_key)
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return HttpResponseRedirect(reverse("portal:account-sessions"))
