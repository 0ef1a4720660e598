"""What is done to an integration as a whole: checked, renamed, disabled, enabled, removed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.connectors.contract import ConnectorError
from crossdock.flows import connecting, switches
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Integration
from crossdock.hub.vault import SecretUnreadable
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.integrations.shell import found

FAILURES = (ConnectorError, SecretUnreadable)


def _page(integration: Integration, tab: str = "integrations-one") -> str:
    return reverse(f"portal:{tab}", args=[integration.key])


def _not_removed(integration: Integration) -> None:
    if integration.state == Integration.State.REMOVED:
        raise ConnectorError(f"{integration.name} was removed; add the account again.")


@organization_view(Ability.CONNECT)
@require_POST
def check(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Ask the account whether it answers."""
    one = found(visit, pk)

    def deed() -> str:
        _not_removed(one)
        began = system_clock()
        account = connecting.check_connection(one)
        took = (system_clock() - began).total_seconds()
        return f"{account.name or one.name} answers; it took {took:.1f} seconds. What it says of itself is up to date."

    return carry_out(request, deed, back=_page(one), failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def rename(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Give an integration another name."""
    one = found(visit, pk)

    def deed() -> str:
        _not_removed(one)
        connecting.rename(one, request.POST.get("name", "").replace("\x00", ""), author=visit.author)
        return f"It is called {one.name} now."

    return carry_out(request, deed, back=_page(one), failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def disable(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Stop all flows of an integration."""
    one = found(visit, pk)

    def deed() -> str:
        _not_removed(one)
        connecting.disable(one, visit.author)
        return f"{one.name} is disabled: nothing is read or written there. Enabling goes on where its flows stood."

    return carry_out(request, deed, back=_page(one), failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def enable(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Let the flows of a disabled integration go on."""
    one = found(visit, pk)

    def deed() -> str:
        connecting.enable(one, visit.author)
        return f"{one.name} is enabled: its flows go on where they stood."

    return carry_out(request, deed, back=_page(one), failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Disconnect for good."""
    one = found(visit, pk)

    def deed() -> str:
        _not_removed(one)
        connecting.remove(one, visit.author)
        return f"{one.name} was removed: its credentials are erased. What it brought is still here."

    return carry_out(request, deed, back=_page(one), failures=FAILURES)


@organization_view(Ability.CONNECT)
@require_POST
def approve(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Let a stock push that stopped go ahead once."""
    one = found(visit, pk)

    def deed() -> str:
        flow = Flow.objects.filter(
            integration=one, entity=request.POST.get("entity", "inventory"), direction="push", enabled=True
        ).first()
        if flow is None:
            raise switches.SwitchError("flow", "This flow is off, so there is no plan to approve.")
        switches.approve_plan(flow, author=visit.author)
        return "The next push goes ahead with the figures as they are then, and it has been asked to run now."

    return carry_out(
        request, deed, back=_page(one, "integrations-settings"), failures=(*FAILURES, switches.SwitchError)
    )
