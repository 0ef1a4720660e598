"""Having a card tried earlier or later, turning it on and off, removing it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from crossdock.portal.access import Visit, organization_view
from crossdock.portal.actions import carry_out
from crossdock.portal.roles import Ability
from crossdock.portal.views.cards.pages import card_of
from crossdock.routing.card_book import CardError, enable_card, move_card, remove_card


@organization_view(Ability.WORK)
@require_POST
def move(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Have a card tried one place earlier (``earlier``) or later."""
    card = card_of(visit, pk)

    def deed() -> str:
        step = -1 if request.POST.get("to") == "earlier" else 1
        moved = move_card(card, card.position + step, author=visit.author)
        return f"“{moved.name}” is tried at place {moved.position} now."

    return carry_out(request, deed, back=reverse("portal:cards"), failures=CardError)


@organization_view(Ability.WORK)
@require_POST
def switch(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Turn a card on, or off; it keeps its place."""
    card = card_of(visit, pk)

    def deed() -> str:
        enabled = request.POST.get("enabled") == "yes"
        enable_card(card, enabled, author=visit.author)
        return f"“{card.name}” is {'on' if enabled else 'off'}."

    return carry_out(request, deed, back=reverse("portal:cards"), failures=CardError)


@organization_view(Ability.WORK)
@require_POST
def remove(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Remove a card; what was routed by it stays."""
    card = card_of(visit, pk)

    def deed() -> str:
        name = card.name
        remove_card(card, author=visit.author)
        return f"“{name}” is removed. What was routed by it stays."

    return carry_out(request, deed, back=reverse("portal:cards"), failures=CardError)
