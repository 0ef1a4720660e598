"""The addresses of this installation: each room keeps its own, this page only joins them."""

from __future__ import annotations

from django.urls import include, path

from crossdock.api.rest import api
from crossdock.portal.views.account.urls import ALLAUTH

urlpatterns = [
    path("api/v3/", api.urls),
    path("", include("crossdock.api.urls")),
    path("", include("crossdock.portal.urls")),
    path("", include(ALLAUTH)),
]

handler500 = "crossdock.portal.views.failing.failed"
