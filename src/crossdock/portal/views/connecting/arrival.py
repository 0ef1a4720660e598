"""An answer of a consent page that does not say what it belongs to: it has no state.

An installation begun in a store's app market comes so, and so may the answer to a connection that was begun here.
But anybody can make a browser open such an address, with a code of an account of their own: orders and stock would then
go to and fro between this organization and them. So the person says which integration it is for, is told whose
account it is, and says that they mean that one; only then it is connected. Access to an account that is known already
is renewed without the second question, because no other account can take its place.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from crossdock.connectors.contract import Manifest
from crossdock.connectors.errors import ConnectorError
from crossdock.flows import connecting
from crossdock.flows.consent import consent_failed
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration
from crossdock.hub.vault import SecretUnreadable
from crossdock.portal.access import Visit, organization_view, plain, show
from crossdock.portal.roles import Ability
from crossdock.portal.views.connecting.authorization import (
    ARRIVED,
    Begun,
    callback_address,
    complete,
    connected,
    last_begun,
    manifest_of,
    not_connected,
    stale,
    take_begun,
)
from crossdock.portal.views.connecting.finding import integrations_of, integrations_page

OPENED = "connection_opened"


@organization_view(Ability.CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, visit: Visit, connector: str) -> HttpResponse:
    """Ask which integration the answer is for; then see which account it opens."""
    manifest = manifest_of(connector)
    arrived = request.session.get(ARRIVED) or {}
    if arrived.get("connector") != connector or stale(arrived):
        request.session.pop(ARRIVED, None)
        return _too_late(request, manifest)
    choices = list(integrations_of(visit).filter(connector=connector).order_by("pk"))
    if request.method != "POST":
        context = {"manifest": manifest, "choices": choices, "chosen": _likely(request, choices)}
        return show(request, visit, "portal/connecting/which.html", context)
    chosen = request.POST.get("integration", "")
    integration = next((one for one in choices if one.key == chosen), None)
    if integration is None and chosen != "new":
        context = {"manifest": manifest, "choices": choices, "chosen": None, "missing": True}
        return show(request, visit, "portal/connecting/which.html", context, status=400)
    request.session.pop(ARRIVED, None)
    code, made = str(arrived["code"]), integration is None
    if integration is None:
        integration = connecting.add_integration(visit.organization, connector, author=visit.author)
    begun = take_begun(request, integration.pk)
    if integration.account_id:
        return complete(request, connector, code, begun)
    try:
        opened = connecting.open_account(
            connector, code=code, redirect_uri=callback_address(connector), integration=integration
        )
    except ConnectorError as error:
        return not_connected(request, visit, integration, error, begun)
    request.session[OPENED] = {
        "connector": connector, "integration": integration.pk, "made": made, "tab": begun.tab,
        "account": opened.account.account_id, "name": opened.account.name, "url": opened.account.url,
        "sealed": opened.sealed, "at": system_clock().isoformat(),
    }  # fmt: skip
    return redirect("portal:connect-confirm", connector)


@organization_view(Ability.CONNECT)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, visit: Visit, connector: str) -> HttpResponse:
    """Name the account that the answer opened, and connect it once the person says that it is the one they mean."""
    manifest = manifest_of(connector)
    opened = request.session.get(OPENED) or {}
    waiting = integrations_of(visit).filter(connector=connector, account_id="")
    integration = None if stale(opened) else waiting.filter(pk=opened.get("integration", 0)).first()
    if integration is None:
        request.session.pop(OPENED, None)
        return _too_late(request, manifest)
    if request.method != "POST":
        context = {"manifest": manifest, "integration": integration, "opened": opened}
        return show(request, visit, "portal/connecting/whose.html", context)
    request.session.pop(OPENED, None)
    if request.POST.get("answer") != "connect":
        return _declined(request, visit, integration, opened)
    begun = Begun(integration.pk, bool(opened.get("tab")))
    try:
        integration = connecting.attach_account(integration, str(opened["sealed"]), author=visit.author)
    except ConnectorError as error:
        return not_connected(request, visit, integration, error, begun)
    except SecretUnreadable:
        return _too_late(request, manifest)
    return connected(request, integration, begun, was_new=True)


def _declined(
    request: HttpRequest, visit: Visit, integration: Integration, opened: dict[str, Any]
) -> HttpResponse:
    """Leave the account alone, and take away the integration that was made for it alone."""
    message = f"You said that {opened['name']} is not the one you mean. Nothing was connected."
    consent_failed(integration, code="consentDenied", reason=message, author=visit.author)
    if opened.get("made"):
        connecting.give_up(integration, visit.author)
    return plain(request, "Not connected", message, way_on=integrations_page())


def _too_late(request: HttpRequest, manifest: Manifest) -> HttpResponse:
    return plain(
        request, "Begin once more",
        f"{manifest.name}'s permission is good for a few minutes only, and that time has passed. "
        "Open the integration and press Connect.", status=400, way_on=integrations_page(),
    )  # fmt: skip


def _likely(request: HttpRequest, choices: list[Integration]) -> Integration | None:
    """What connecting was begun for last, else the one integration that waits to be connected or is the only one."""
    begun = last_begun(request)
    waiting = [one for one in choices if not one.account_id]
    if mine := next((one for one in choices if one.pk == begun), None):
        return mine
    if len(waiting) == 1:
        return waiting[0]
    return choices[0] if len(choices) == 1 else None
