"""The addresses of home."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.home import charts, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("home/orders.json", charts.orders, name="home-orders"),
    path("home/pushes.json", charts.pushes, name="home-pushes"),
]
