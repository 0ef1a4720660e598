"""The addresses of this installation: each room keeps its own, this page only joins them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("crossdock.api.urls")), path("", include("crossdock.portal.urls"))]
