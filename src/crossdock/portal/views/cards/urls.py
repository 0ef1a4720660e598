"""The addresses of routing cards."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.cards import actions, pages

urlpatterns = [
    path("routing", pages.cards, name="cards"),
    path("routing/trial", pages.trial, name="cards-trial"),
    path("routing/new", pages.new, name="cards-new"),
    path("routing/<key:pk>", pages.card, name="cards-one"),
    path("routing/<key:pk>/move", actions.move, name="cards-move"),
    path("routing/<key:pk>/switch", actions.switch, name="cards-switch"),
    path("routing/<key:pk>/remove", actions.remove, name="cards-remove"),
]
