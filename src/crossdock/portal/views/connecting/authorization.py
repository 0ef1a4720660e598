"""Connecting an account by a consent page: the way there, and every way back.

``/connect/ecwid/callback`` under the public address is what an Ecwid app's return address must name.
The `state` sent along is bound to the session, and an answer that brings it back is used at once. Not every system
does, and an installation begun in a store's app market has none. Such an answer may come from anybody who makes this
browser open an address, so nothing is done with it before the person has said what it is for (`arrival`).

Where the consent page was opened in a tab of its own, the answer stays in that tab and says so; the page where the
person pressed Connect learns of it by itself (`crossdock.flows.consent`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from crossdock.connectors.contract import Manifest
from crossdock.connectors.errors import ConnectorError, Retry
from crossdock.flows import connecting
from crossdock.flows.consent import PATIENCE, consent_begun, consent_failed
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration, Membership
from crossdock.logs import get_logger
from crossdock.portal.access import Visit, organization_view, plain, to_login
from crossdock.portal.roles import ABILITIES, Ability
from crossdock.portal.views.connecting.finding import integrations_of, integrations_page

BEGUN = "connections_begun"
ARRIVED = "connection_arrived"
MOST_BEGUN = 5

USELESS_AGAIN = frozenset({"alreadyConnected", "otherAccount"})
"""Refusals that the same answer of the consent page would bring again."""
CLOSE = "You can close this tab: the page where you pressed Connect shows the same."

logger = get_logger(__name__)


class Begun(NamedTuple):
    """A connection begun in this session: of which integration, and whether in a tab of its own."""

    pk: int
    tab: bool


def callback_address(connector: str) -> str:
    """Return the address that consent pages send the browser back to."""
    path = reverse("portal:connect-callback", args=[connector])
    return f"{settings.CROSSDOCK.public_url}{path}"


def manifest_of(connector: str) -> Manifest:
    """Return the manifest of a connector that is connected by consent; 404 for any other."""
    for manifest in connecting.connectors():
        if manifest.key == connector and manifest.oauth:
            return manifest
    raise Http404


@organization_view(Ability.CONNECT)
@require_safe
def start(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Go to the consent page of an integration, and remember in the session that this browser did.

    With ``tab`` in the address it was opened in a tab of its own.
    """
    tab = "tab" in request.GET
    integration = integrations_of(visit).filter(pk=pk).first()
    if integration is None:
        raise Http404
    manifest_of(integration.connector)
    elsewhere = f"{settings.CROSSDOCK.public_url}{request.path}"
    if request.build_absolute_uri(request.path) != elsewhere and "moved" not in request.GET:
        # The answer arrives at the public address: the session must be one of that address.
        query = urlencode({"moved": "1"} | ({"tab": "1"} if tab else {}))
        return HttpResponseRedirect(f"{elsewhere}?{query}")
    try:
        address, state = connecting.begin_authorization(
            integration, redirect_uri=callback_address(integration.connector)
        )
    except ConnectorError as error:
        consent_failed(integration, code=error.code, reason=error.reason, author=visit.author)
        return _failed(request, error, Begun(integration.pk, tab), again=False)
    begun = _begun(request)
    begun[state] = {"integration": integration.pk, "at": system_clock().isoformat(), "tab": tab}
    request.session[BEGUN] = dict(list(begun.items())[-MOST_BEGUN:])
    consent_begun(integration, author=visit.author)
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def callback(request: HttpRequest, connector: str) -> HttpResponse:
    """Take the answer of a consent page: a code, a refusal, or an installation begun elsewhere."""
    manifest = manifest_of(connector)
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    begun = _claim(request, state)
    if request.GET.get("error"):
        return _denied(request, manifest, begun or _only_one(request, state))
    if not code:
        begun = begun or _only_one(request, state)
        message = f"{manifest.name} sent neither a permission nor a refusal. Connect once more."
        _note_failure(request, begun, "codeMissing", message)
        return plain(
            request, "Nothing came back", message, status=400, way_on=_again(request, begun),
        )  # fmt: skip
    if begun is not None:
        return _complete_begun(request, connector, code, begun)
    if state:
        return plain(
            request, "This answer was not expected here",
            "It belongs to no connection begun in this browser in the last minutes, so it was not used. "
            "Open the integration and press Connect again.", status=400, way_on=integrations_page(),
        )  # fmt: skip
    request.session[ARRIVED] = {"connector": connector, "code": code, "at": system_clock().isoformat()}
    return redirect("portal:connect-finish", connector)


@organization_view(Ability.CONNECT)
def complete(request: HttpRequest, visit: Visit, connector: str, code: str, begun: Begun) -> HttpResponse:
    """Exchange the code for an integration of this organization, and say what came of it."""
    integration = integrations_of(visit).filter(pk=begun.pk, connector=connector).first()
    if integration is None:
        raise Http404
    was_new = not integration.account_id
    try:
        integration = connecting.complete_authorization(
            connector, code=code, redirect_uri=callback_address(connector), integration=integration,
            author=visit.author,
        )  # fmt: skip
    except ConnectorError as error:
        return not_connected(request, visit, integration, error, begun)
    return connected(request, integration, begun, was_new=was_new)


def connected(request: HttpRequest, integration: Integration, begun: Begun, *, was_new: bool) -> HttpResponse:
    """Say that it is connected: here where the answer stays in its tab, else on the page that comes next."""
    page = "portal:connect-next" if was_new else "portal:integrations-one"
    if begun.tab:
        label = "What's next?" if was_new else "Go to the integration"
        return plain(
            request, "Connected", f"{integration.name} is connected. {CLOSE}",
            way_on=(label, reverse(page, args=[integration.pk])),
        )  # fmt: skip
    if not was_new:
        messages.success(request, f"{integration.name} is connected. Its flows go on where they stood.")
    return redirect(page, integration.pk)


def not_connected(
    request: HttpRequest, visit: Visit, integration: Integration, error: ConnectorError, begun: Begun
) -> HttpResponse:
    """Say why the code of an answer connected nothing, also to the page that waits in another tab."""
    logger.info(
        "connecting failed", connector=integration.connector, integration=integration.key, code=error.code
    )
    consent_failed(integration, code=error.code, reason=error.reason, author=visit.author)
    return _failed(request, error, begun, again=True)


def _complete_begun(request: HttpRequest, connector: str, code: str, begun: Begun) -> HttpResponse:
    if not request.user.is_authenticated:
        # The session ended meanwhile; the code is not kept for whoever logs in next.
        return to_login(request)
    return complete(request, connector, code, begun)


def take_begun(request: HttpRequest, pk: int) -> Begun:
    """Take what was begun for an integration out of the session: its answer is here. What was not, is in no tab."""
    begun = _begun(request)
    own = [state for state, entry in begun.items() if entry["integration"] == pk]
    tab = bool(own) and bool(begun[own[-1]].get("tab"))
    if own:
        request.session[BEGUN] = {state: entry for state, entry in begun.items() if state not in own}
    return Begun(pk, tab)


def last_begun(request: HttpRequest) -> int | None:
    """Return the integration that connecting was begun for last in this session; None for none."""
    entries = list(_begun(request).values())
    return int(entries[-1]["integration"]) if entries else None


def _begun(request: HttpRequest) -> dict[str, dict[str, Any]]:  # JSON of our own in the session
    """The connections begun in this session whose answer may still come, oldest first."""
    kept = request.session.get(BEGUN) or {}
    return {state: entry for state, entry in kept.items() if not stale(entry)}


def stale(entry: dict[str, Any]) -> bool:  # JSON of our own in the session
    """Return whether something that was kept in the session with a time is too old to be used."""
    try:
        return system_clock() - datetime.fromisoformat(entry["at"]) > PATIENCE
    except (KeyError, TypeError, ValueError):
        return True


def _claim(request: HttpRequest, state: str) -> Begun | None:
    """Take the begun connection that an answer names by its state out of the session: each is used once."""
    begun = _begun(request)
    entry = begun.pop(state, None) if state else None
    if entry is None:
        return None
    request.session[BEGUN] = begun
    return Begun(int(entry["integration"]), bool(entry.get("tab")))


def _only_one(request: HttpRequest, state: str) -> Begun | None:
    """The one begun connection that an answer without state seems to be about. It stays: the true answer may come."""
    entries = list(_begun(request).values())
    if state or len(entries) != 1:
        return None
    return Begun(int(entries[0]["integration"]), bool(entries[0].get("tab")))


def _note_failure(request: HttpRequest, begun: Begun | None, code: str, reason: str) -> None:
    """Tell the page that waits. Whoever comes back may have been logged out meanwhile."""
    integration = None
    if begun is not None:
        integration = Integration.objects.filter(pk=begun.pk).exclude(state=Integration.State.REMOVED).first()
    if integration is not None:
        author = f"user:{request.user.get_username()}"[:80] if request.user.is_authenticated else "portal"
        consent_failed(integration, code=code, reason=reason, author=author)


def _denied(request: HttpRequest, manifest: Manifest, begun: Begun | None) -> HttpResponse:
    """Say that nothing was connected. The words of the other side are not repeated."""
    refused = request.GET.get("error") == "access_denied"
    message = (
        f"You did not give Crossdock access on {manifest.name}'s page. Nothing has changed; press Connect again to "
        "allow it, or use another way to connect."
        if refused
        else f"{manifest.name} could not give access. Nothing has changed; try again, or use a token instead."
    )
    _note_failure(request, begun, "consentDenied" if refused else "consentFailed", message)
    if begun is not None and begun.tab:
        message = f"{message} {CLOSE}"
    return plain(
        request, "Not connected", message, way_on=_again(request, begun), status=200 if refused else 400
    )


def _again(request: HttpRequest, begun: Begun | None) -> tuple[str, str]:
    """The way to try once more, for those who may."""
    connecting_roles = [role for role, abilities in ABILITIES.items() if Ability.CONNECT in abilities]
    allowed = (
        request.user.is_authenticated
        and Membership.objects.filter(user_id=request.user.pk, role__in=connecting_roles).exists()
    )
    if begun is not None and allowed:
        return "Try again", _start_address(begun)
    return integrations_page()


def _start_address(begun: Begun) -> str:
    return reverse("portal:connect-start", args=[begun.pk]) + ("?tab=1" if begun.tab else "")


def _failed(request: HttpRequest, error: ConnectorError, begun: Begun, *, again: bool) -> HttpResponse:
    """Say why it was not connected, and offer the way on. A used code is never sent twice."""
    if error.code in USELESS_AGAIN:
        again = False
    way_on = (
        ("Try again", _start_address(begun))
        if again
        else ("See what else you can do", reverse("portal:connect-account", args=[begun.pk]))
    )
    status = 503 if isinstance(error, Retry) else 400
    message = f"{error.reason} {CLOSE}" if begun.tab else error.reason
    return plain(request, "Not connected", message, status=status, way_on=way_on)
