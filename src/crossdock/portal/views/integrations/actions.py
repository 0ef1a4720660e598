"""What is done to an integration as a whole: looked at, checked, renamed, disabled, enabled, removed."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from crossdock.connectors.contract import ConnectorError
from crossdock.flows import connecting, integration_state, switches
from crossdock.flows.looking import LookNowError, ask_to_look
from crossdock.hub.clock import system_clock
from crossdock.hub.models import Flow, Integration
from crossdock.hub.vault import SecretUnreadable
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.templatetags.portal import called
from crossdock.portal.views.integrations.shell import found


def _connection(integration: Integration) -> str:
    return reverse("portal:integrations-one", args=[integration.key])


def _settings(integration: Integration) -> str:
    return reverse("portal:integrations-settings", args=[integration.key])


FAILURES = (ConnectorError, SecretUnreadable)
act = act_on(found, back=_connection, failures=FAILURES)


def _not_removed(integration: Integration) -> None:
    if integration.state == Integration.State.REMOVED:
        raise ConnectorError(f"{integration.name} was removed; add the account again.")


@organization_view(Ability.WORK)
@act_on(found, back=_connection, failures=LookNowError)
def look(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Have a worker run all flows that are on, now."""
    flows = ask_to_look(one, author=visit.author)
    which = (
        f"{len(flows)} flows of {one.name} look"
        if len(flows) > 1
        else f"{called(flows[0])} looks".capitalize()
    )
    return f"{which} now; what comes of it shows here."


@organization_view(Ability.CONNECT)
@act
def check(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Ask the account whether it answers; where it does, what waited for that goes on at once."""
    _not_removed(one)
    began = system_clock()
    account = connecting.check_connection(one)
    took = (system_clock() - began).total_seconds()
    went_on = " The flows that waited try again now." if integration_state.try_again(one) else ""
    return (
        f"{account.name or one.name} answers; it took {took:.1f} seconds. What it says of itself is up to date."
        f"{went_on}"
    )


@organization_view(Ability.CONNECT)
@act
def rename(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Give an integration another name."""
    _not_removed(one)
    integration_state.rename(one, request.POST.get("name", ""), author=visit.author)
    return f"It is called {one.name} now."


@organization_view(Ability.CONNECT)
@act
def disable(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Stop all flows of an integration."""
    _not_removed(one)
    integration_state.disable(one, visit.author)
    return (
        f"{one.name} is disabled: nothing is read or written there. Enabling goes on where its flows stood."
    )


@organization_view(Ability.CONNECT)
@act
def enable(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Let the flows of a disabled integration go on."""
    integration_state.enable(one, visit.author)
    return f"{one.name} is enabled: its flows go on where they stood."


@organization_view(Ability.CONNECT)
@act
def remove(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Disconnect for good."""
    _not_removed(one)
    integration_state.remove(one, visit.author)
    return f"{one.name} was removed: its credentials are erased. What it brought is still here."


@organization_view(Ability.CONNECT)
@act_on(found, back=_settings, failures=(*FAILURES, switches.SwitchError))
def approve(request: HttpRequest, visit: Visit, one: Integration) -> str:
    """Let a stock push that stopped go ahead once."""
    flow = Flow.objects.filter(
        integration=one, entity=request.POST.get("entity", "inventory"), direction="push", enabled=True
    ).first()
    if flow is None:
        raise switches.SwitchError("flow", "This flow is off, so there is no plan to approve.")
    switches.approve_plan(flow, author=visit.author)
    return "The next push goes ahead with the figures as they are then, and it has been asked to run now."
