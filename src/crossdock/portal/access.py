"""Who may see what: every page belongs to one organization, and only its members get in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from crossdock.hub.clock import system_clock
from crossdock.hub.members import author_of, display_name
from crossdock.hub.models import ExceptionCase, Integration, Membership, Organization
from crossdock.hub.organizations import two_factor_required
from crossdock.hub.workers import is_silent, newest_heartbeat
from crossdock.portal.navigation import navigation
from crossdock.portal.roles import Ability, may, who_may
from crossdock.portal.words.authors import Authors

P = ParamSpec("P")
SESSION_ORGANIZATION = "organization"
PAGE_ORGANIZATION = "page_of"
"""The field by which each form says which organization's page it stands on (`templatetags/form_token.py`)."""

NOT_DONE = (
    "You had been logged out, so nothing was done. Log in: you come back to the page where you were, and can send it "
    "again there."
)
LOST = "lost"
"""Marks a message that says that what was sent is lost; `unsent.js` looks for it."""


@dataclass
class Visit:
    """A member looking at one organization."""

    membership: Membership
    organization: Organization
    memberships: tuple[Membership, ...]

    @property
    def author(self) -> str:
        """How events name this person."""
        return author_of(self.membership.user)

    @property
    def name(self) -> str:
        """What this person is called."""
        return display_name(self.membership.user)

    @cached_property
    def may(self) -> dict[str, bool]:
        """What this person may do, by ability: templates ask ``visit.may.work``."""
        return {ability.value: may(self.membership.role, ability) for ability in Ability}

    @cached_property
    def authors(self) -> Authors:
        """How the authors of events are called here."""
        return Authors(self.organization)


def zone_of(organization: Organization) -> ZoneInfo:
    """Return the organization's time zone; UTC where its name is not known on this machine."""
    try:
        return ZoneInfo(organization.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def visit_of(request: HttpRequest) -> Visit | None:
    """Return whose organization a logged-in person looks at, None for a member of none.

    With several memberships the session remembers the choice; the oldest is where everybody starts. What is sent
    from a page belongs to that page's organization, whatever was chosen in another tab since: the person is back
    there then. Of a page whose organization they do not belong to (any more), nobody is a visitor.
    """
    memberships = tuple(
        Membership.objects.filter(user_id=request.user.pk or 0, active=True)
        .select_related("organization", "user")
        .order_by("pk")
    )
    page = request.POST.get(PAGE_ORGANIZATION, "") if request.method == "POST" else ""
    if page:
        membership = next((one for one in memberships if one.organization.key == page), None)
        if membership and request.session.get(SESSION_ORGANIZATION) != membership.organization_id:
            request.session[SESSION_ORGANIZATION] = membership.organization_id
    else:
        chosen = request.session.get(SESSION_ORGANIZATION)
        usual = next(iter(memberships), None)
        membership = next((one for one in memberships if one.organization_id == chosen), usual)
    return Visit(membership, membership.organization, memberships) if membership else None


def to_login(request: HttpRequest) -> HttpResponse:
    """Send the browser to the login and back here afterwards; htmx is told to load the whole page.

    Of what was sent nothing is done. The login says so, and leads back to the page that it was sent from, where
    `unsent.js` puts what was typed.
    """
    if request.method in ("GET", "HEAD"):
        back = request.get_full_path()
    else:
        back = _sent_from(request)
        messages.warning(request, NOT_DONE, extra_tags=LOST)
    address = f"{reverse('portal:login')}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _sent_from(request: HttpRequest) -> str:
    """The page of ours from which something was sent, as the browser tells it; the home page if it does not."""
    told = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(told, {request.get_host()}, require_https=request.is_secure()):
        return reverse("portal:home")
    parts = urlsplit(told)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def organization_view(
    needs: Ability = Ability.LOOK, *, before_second_factor: bool = False
) -> Callable[[Callable[Concatenate[HttpRequest, Visit, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Make a view for members with an ability; it is given the `Visit` and runs in the organization's time zone.

    Nobody is sent to the login, a member of no organization or without the ability gets 403. Where the
    organization demands a second factor, a member without one is led to set it up; only views that are marked
    `before_second_factor` are open until then. Records of
    another organization do not exist for the view, because it looks them up within the visit. The view
    carries the ability as ``needs``, so that a test can walk all addresses as every role.
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            visit = visit_of(request)
            if visit is None:
                return plain(
                    request, "Not your organization",
                    "You are logged in, but do not belong to the organization of this page, or to none. Nothing was "
                    "done. Ask an administrator to add you.",
                    status=403,
                )  # fmt: skip
            if not before_second_factor and lacks_second_factor(visit):
                return HttpResponseRedirect(reverse("portal:account-two-factor"))
            if not may(visit.membership.role, needs):
                return plain(
                    request, "Not for your role",
                    f"Your role is {visit.membership.get_role_display()}; this needs {who_may(needs)}.",
                    status=403,
                )  # fmt: skip
            if request.method == "POST" and _unstorable(request):
                return plain(
                    request, "This cannot be stored",
                    "A field holds a character that is none (NUL). Go back, type the field anew and send it again.",
                    status=400,
                )  # fmt: skip
            with timezone.override(zone_of(visit.organization)):
                return view(request, visit, *args, **kwargs)

        guarded.needs = needs  # type: ignore[attr-defined]  # a mark on a function
        return guarded

    return decorate


def _unstorable(request: HttpRequest) -> bool:
    """Whether a form holds what the database keeps in no text. No browser sends it; a page of ours must not fail."""
    return any("\x00" in text for name, texts in request.POST.lists() for text in (name, *map(str, texts)))


def lacks_second_factor(visit: Visit) -> bool:
    """Return whether the organization demands a second factor that this member has not set up."""
    from crossdock.portal.identity.second_factor import has_second_factor

    return two_factor_required(visit.organization) and not has_second_factor(visit.membership.user)


def show(
    request: HttpRequest, visit: Visit, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """Render a page with what stands around every page: the organization and what needs attention."""
    return render(request, template, {**around(request, visit), **context}, status=status)


def around(request: HttpRequest, visit: Visit) -> dict[str, object]:
    """Return what stands around every page, for views that render themselves.

    Where something is connected, that includes whether any worker lives.
    """
    open_exceptions = ExceptionCase.objects.filter(
        organization=visit.organization, status=ExceptionCase.Status.ACTIVE
    ).count()
    living = Integration.objects.filter(organization=visit.organization).exclude(
        state=Integration.State.REMOVED
    )
    numbers = living.aggregate(all=Count("pk"), broken=Count("pk", filter=Q(state=Integration.State.ERROR)))
    return {
        "visit": visit,
        "organization": visit.organization,
        "navigation": navigation(visit.may, _section(request), open_exceptions, numbers["broken"]),
        "idle": _idle() if numbers["all"] else None,
    }


@dataclass(frozen=True)
class Idle:
    """No worker lives, so nothing moves: `since` is when the last one reported, None where none ever did."""

    since: datetime | None


def _idle() -> Idle | None:
    beat = newest_heartbeat()
    return Idle(beat) if is_silent(beat, system_clock()) else None


def _section(request: HttpRequest) -> str:
    """The part of the navigation that a page belongs to: the beginning of its name."""
    name = request.resolver_match.url_name if request.resolver_match else None
    section = (name or "").split("-")[0]
    return "integrations" if section == "connect" else section


def plain(
    request: HttpRequest,
    title: str,
    message: str,
    *,
    status: int = 200,
    way_on: tuple[str, str] | None = None,
) -> HttpResponse:
    """Render a page with one message and a way on (its text and address; the home page if None)."""
    label, address = way_on or ("Go to the home page", reverse("portal:home"))
    context = {"title": title, "message": message, "label": label, "address": address, "good": status < 400}
    return render(request, "portal/plain.html", context, status=status)
