"""The addresses of rules."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.rules import actions, pages

urlpatterns = [
    path("rules", pages.rules, name="rules"),
    path("rules/new", pages.new, name="rules-new"),
    path("rules/<key:pk>", pages.rule, name="rules-one"),
    path("rules/<key:pk>/move", actions.move, name="rules-move"),
    path("rules/<key:pk>/switch", actions.switch, name="rules-switch"),
    path("rules/<key:pk>/remove", actions.remove, name="rules-remove"),
]
