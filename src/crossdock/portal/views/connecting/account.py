"""Connect: the account of an integration, by its owner's consent in a new tab, or with credentials."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crossdock.connectors.contract import Manifest
from crossdock.connectors.errors import ConnectorError, Retry
from crossdock.flows import connecting
from crossdock.flows.consent import Progress, consent_progress
from crossdock.flows.switches import SwitchError, set_settings
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Integration
from crossdock.portal.access import Visit, organization_view, show
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.connecting.authorization import callback_address
from crossdock.portal.views.connecting.fields import OPTION, CredentialsForm
from crossdock.portal.views.connecting.finding import integration_of, manifest_named, stages


@organization_view(Ability.CONNECT)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Show the ways to connect; POST tries credentials, and saves them if they open the account."""
    integration = integration_of(visit, pk)
    manifest = manifest_named(integration.connector)
    form = _form(request, integration, manifest)
    if request.method != "POST":
        return _page(request, visit, integration, manifest, form)
    was_new = not integration.account_id
    if not form.is_valid():
        form.look_at_errors()
        return _page(request, visit, integration, manifest, form, status=400)
    try:
        if changed := form.changed_settings():
            set_settings(integration, changed, author=visit.author)
        typed = form.credentials()
        kept = connecting.known_credentials(integration, manifest, typed)
        secret = {one.name for one in manifest.credentials if one.secret}
        # What is no secret stands in the form: emptied there, it is meant to be empty.
        credentials = {name: value for name, value in kept.items() if name in secret} | typed
        connecting.connect_with_credentials(integration, credentials, author=visit.author)
    except SwitchError as error:
        form.refuse(f"{OPTION}{error.field}", error.message)
        form.look_at_errors()
        return _page(request, visit, integration, manifest, form, status=400)
    except ConnectorError as error:
        form.refuse(error.field, error.reason)
        form.look_at_errors()
        status = 503 if isinstance(error, Retry) else 400
        return _page(request, visit, integration, manifest, form, status=status)
    if was_new:
        return redirect("portal:connect-next", integration.pk)
    messages.success(request, f"{integration.name} is connected again. Its flows go on where they stood.")
    return redirect("portal:integrations-one", integration.pk)


@organization_view(Ability.CONNECT)
@require_safe
def progress(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Say where asking for consent stands; once access was given, the page that waits goes on."""
    integration = integration_of(visit, pk)
    since = request.GET.get("since", "")
    number = int(since) if since.isascii() and since.isdecimal() and len(since) < 19 else None
    stands = consent_progress(integration, now=system_clock(), since=number)
    if stands.stage == "connected":
        where = reverse(
            "portal:integrations-one" if stands.renewed else "portal:connect-next", args=[integration.pk]
        )
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": where})
        return redirect(where)
    if not request.headers.get("HX-Request"):
        return redirect("portal:connect-account", integration.pk)
    manifest = manifest_named(integration.connector)
    context = {**_about(integration, manifest, stands), "since": number or 0}
    return show(request, visit, "portal/connecting/_progress.html", context)


@organization_view(Ability.CONNECT)
@require_POST
def give_up(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove an integration that was never connected."""
    integration = integration_of(visit, pk)

    def deed() -> str:
        connecting.give_up(integration, visit.author)
        return f"The unfinished integration {integration.name} was removed."

    return carry_out(request, deed, back=reverse("portal:integrations"), failures=ConnectorError)


def _form(request: HttpRequest, integration: Integration, manifest: Manifest) -> CredentialsForm:
    return CredentialsForm(
        manifest,
        connecting.known_credentials(integration, manifest, {}) if integration.credentials else {},
        integration.settings,
        request.POST if request.method == "POST" else None,
        # Where a consent page opens the account, its options can wait; a folder is made and read by them.
        with_options=not manifest.oauth,
    )


def _about(integration: Integration, manifest: Manifest, stands: Progress) -> dict[str, object]:
    return {"integration": integration, "manifest": manifest, "stands": stands}


def _page(
    request: HttpRequest,
    visit: Visit,
    integration: Integration,
    manifest: Manifest,
    form: CredentialsForm,
    *,
    status: int = 200,
) -> HttpResponse:
    stands = consent_progress(integration, now=system_clock())
    obstacle = connecting.consent_obstacle(manifest.key) if manifest.oauth else ""
    context = {
        **_about(integration, manifest, stands),
        "since": stands.number,
        "stages": stages(2),
        "form": form,
        "consent": manifest.oauth and not obstacle,
        "obstacle": obstacle,
        "callback": callback_address(manifest.key) if manifest.oauth else "",
        "unfinished": not integration.account_id,
    }
    return show(request, visit, "portal/connecting/account.html", context, status=status)
