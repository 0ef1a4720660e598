"""Connecting an account by a consent page: the way there, and every way back.

``/connect/ecwid/callback`` under the public address is what an Ecwid app's return address must name.
The `state` sent along is bound to the session. Not every system sends it back, and an installation begun
in a store's app market has none: then the one connection begun in this session is meant, or the person
says which integration it is for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crossdock.connectors.contract import Manifest
from crossdock.connectors.errors import ConnectorError, Retry
from crossdock.flows import connecting
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration, Membership
from crossdock.logs import get_logger
from crossdock.portal.access import Visit, organization_view, plain, show, to_login
from crossdock.portal.roles import ABILITIES, Ability

BEGUN = "connections_begun"
ARRIVED = "connection_arrived"
PATIENCE = timedelta(minutes=15)
"""How long an answer is waited for. Codes live for a few minutes only."""
MOST_BEGUN = 5

logger = get_logger(__name__)


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
    """Go to the consent page of an integration, and remember in the session that this browser did."""
    integration = _integrations(visit).filter(pk=pk).first()
    if integration is None:
        raise Http404
    manifest_of(integration.connector)
    elsewhere = f"{settings.CROSSDOCK.public_url}{request.path}"
    if request.build_absolute_uri(request.path) != elsewhere and "moved" not in request.GET:
        # The answer arrives at the public address: the session must be one of that address.
        return HttpResponseRedirect(f"{elsewhere}?moved=1")
    try:
        address, state = connecting.begin_authorization(
            integration, redirect_uri=callback_address(integration.connector)
        )
    except ConnectorError as error:
        return _failed(request, error, integration, again=False)
    begun = _begun(request)
    begun[state] = {"integration": integration.pk, "at": system_clock().isoformat()}
    request.session[BEGUN] = dict(list(begun.items())[-MOST_BEGUN:])
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def callback(request: HttpRequest, connector: str) -> HttpResponse:
    """Take the answer of a consent page: a code, a refusal, or an installation begun elsewhere."""
    manifest = manifest_of(connector)
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    integration_pk = _claim(request, state)
    if request.GET.get("error"):
        return _denied(request, manifest, integration_pk)
    if not code:
        return plain(
            request, "Nothing came back",
            f"{manifest.name} sent neither a permission nor a refusal. Connect once more.",
            status=400, way_on=_integrations_page(),
        )  # fmt: skip
    if integration_pk is not None:
        return _complete_begun(request, connector, code, integration_pk)
    if state:
        return plain(
            request, "This answer was not expected here",
            "It belongs to no connection begun in this browser in the last minutes, so it was not used. "
            "Open the integration and press Connect again.", status=400, way_on=_integrations_page(),
        )  # fmt: skip
    request.session[ARRIVED] = {"connector": connector, "code": code, "at": system_clock().isoformat()}
    return redirect("portal:connect-finish", connector)


@organization_view(Ability.CONNECT)
def _complete(request: HttpRequest, visit: Visit, connector: str, code: str, pk: int) -> HttpResponse:
    """Exchange the code for an integration of this organization, and show it."""
    integration = _integrations(visit).filter(pk=pk, connector=connector).first()
    if integration is None:
        raise Http404
    try:
        integration = connecting.complete_authorization(
            connector, code=code, redirect_uri=callback_address(connector), integration=integration,
            author=visit.author,
        )  # fmt: skip
    except ConnectorError as error:
        logger.info("connecting failed", connector=connector, integration=integration.key, code=error.code)
        return _failed(request, error, integration, again=True)
    messages.success(
        request, f"{integration.name} is connected. Its flows are as they were; turn on what you need."
    )
    return redirect("portal:integrations-one", integration.pk)


def _complete_begun(request: HttpRequest, connector: str, code: str, pk: int) -> HttpResponse:
    if not request.user.is_authenticated:
        # The session ended meanwhile; the code is not kept for whoever logs in next.
        return to_login(request)
    return _complete(request, connector, code, pk)


@organization_view(Ability.CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, visit: Visit, connector: str) -> HttpResponse:
    """Finish an installation begun in the app market: ask which integration it is for, then connect it."""
    manifest = manifest_of(connector)
    arrived = request.session.get(ARRIVED) or {}
    if arrived.get("connector") != connector or _stale(arrived):
        request.session.pop(ARRIVED, None)
        return plain(
            request, "Begin once more",
            f"{manifest.name}'s permission is good for a few minutes only, and that time has passed. "
            "Open the integration and press Connect.", status=400, way_on=_integrations_page(),
        )  # fmt: skip
    choices = list(_integrations(visit).filter(connector=connector).order_by("pk"))
    if request.method != "POST":
        context = {"manifest": manifest, "choices": choices, "chosen": _likely(choices)}
        return show(request, visit, "portal/connecting/which.html", context)
    chosen = request.POST.get("integration", "")
    integration = next((one for one in choices if one.key == chosen), None)
    if integration is None and chosen != "new":
        context = {"manifest": manifest, "choices": choices, "chosen": None, "missing": True}
        return show(request, visit, "portal/connecting/which.html", context, status=400)
    request.session.pop(ARRIVED, None)
    if integration is None:
        integration = connecting.add_integration(visit.organization, connector, author=visit.author)
    return _complete(request, connector, str(arrived["code"]), integration.pk)


def _likely(choices: list[Integration]) -> Integration | None:
    """The one integration that waits to be connected; else the only one there is."""
    waiting = [one for one in choices if not one.account_id]
    if len(waiting) == 1:
        return waiting[0]
    return choices[0] if len(choices) == 1 else None


def _integrations(visit: Visit) -> Any:  # Django's query sets of a related manager
    return visit.organization.integrations.exclude(state=Integration.State.REMOVED)


def _integrations_page() -> tuple[str, str]:
    return "Go to Integrations", reverse("portal:integrations")


def _begun(request: HttpRequest) -> dict[str, dict[str, Any]]:  # JSON of our own in the session
    """The connections begun in this session whose answer may still come, oldest first."""
    kept = request.session.get(BEGUN) or {}
    return {state: entry for state, entry in kept.items() if not _stale(entry)}


def _stale(entry: dict[str, Any]) -> bool:
    try:
        return system_clock() - datetime.fromisoformat(entry["at"]) > PATIENCE
    except (KeyError, TypeError, ValueError):
        return True


def _claim(request: HttpRequest, state: str) -> int | None:
    """Take the begun connection that an answer belongs to out of the session: each is used once."""
    begun = _begun(request)
    if not state and len(begun) == 1:
        state = next(iter(begun))
    entry = begun.pop(state, None)
    if entry is None:
        return None
    request.session[BEGUN] = begun
    return int(entry["integration"])


def _denied(request: HttpRequest, manifest: Manifest, pk: int | None) -> HttpResponse:
    """Say that nothing was connected. The words of the other side are not repeated."""
    refused = request.GET.get("error") == "access_denied"
    message = (
        f"You did not give Crossdock access on {manifest.name}'s page. Nothing has changed."
        if refused
        else f"{manifest.name} could not give access. Nothing has changed; try again, or use a token instead."
    )
    return plain(
        request, "Not connected", message, way_on=_again(request, pk), status=200 if refused else 400
    )


def _again(request: HttpRequest, pk: int | None) -> tuple[str, str]:
    """The way to try once more, for those who may."""
    connecting_roles = [role for role, abilities in ABILITIES.items() if Ability.CONNECT in abilities]
    allowed = (
        request.user.is_authenticated
        and Membership.objects.filter(user_id=request.user.pk, role__in=connecting_roles).exists()
    )
    if pk is not None and allowed:
        return "Try again", reverse("portal:connect-start", args=[pk])
    return _integrations_page()


def _failed(
    request: HttpRequest, error: ConnectorError, integration: Integration, *, again: bool
) -> HttpResponse:
    """Say why it was not connected, and offer the way on. A used code is never sent twice."""
    way_on = (
        ("Try again", reverse("portal:connect-start", args=[integration.pk]))
        if again
        else ("Back to the integration", reverse("portal:integrations-one", args=[integration.pk]))
    )
    status = 503 if isinstance(error, Retry) else 400
    return plain(request, "Not connected", error.reason, status=status, way_on=way_on)
