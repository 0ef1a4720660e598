"""Having a card tried earlier or later, turning it on and off, removing it."""

from __future__ import annotations

from django.http import HttpRequest

from crossdock.hub.models import RoutingCard
from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import act_on
from crossdock.portal.roles import Ability
from crossdock.portal.views.cards.pages import card_of
from crossdock.routing.card_book import CardError, enable_card, move_card, remove_card

act = act_on(card_of, back="portal:cards", failures=CardError)


@organization_view(Ability.WORK)
@act
def move(request: HttpRequest, visit: Visit, card: RoutingCard) -> str:
    """Have a card tried one place earlier (``earlier``) or later."""
    step = -1 if request.POST.get("to") == "earlier" else 1
    moved = move_card(card, card.position + step, author=visit.author)
    return f"“{moved.name}” is tried at place {moved.position} now."


@organization_view(Ability.WORK)
@act
def switch(request: HttpRequest, visit: Visit, card: RoutingCard) -> str:
    """Turn a card on, or off; it keeps its place."""
    enabled = request.POST.get("enabled") == "yes"
    enable_card(card, enabled, author=visit.author)
    return f"“{card.name}” is {'on' if enabled else 'off'}."


@organization_view(Ability.WORK)
@act
def remove(request: HttpRequest, visit: Visit, card: RoutingCard) -> str:
    """Remove a card; what was routed by it stays."""
    name = card.name
    remove_card(card, author=visit.author)
    return f"“{name}” is removed. What was routed by it stays."
