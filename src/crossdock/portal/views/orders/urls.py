"""The addresses of orders, and of acting on their shipping requests."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.orders import (
    actions,
    bulk,
    canceling,
    export,
    one,
    pages,
    request_actions,
    saved_views,
)

urlpatterns = [
    path("orders", pages.orders, name="orders"),
    path("orders/bulk", bulk.bulk, name="orders-bulk"),
    path("orders/all", bulk.everything, name="orders-all"),
    path("orders/acts/<key:pk>", bulk.act, name="orders-act"),
    path("orders/acts/<key:pk>/stop", bulk.stop, name="orders-act-stop"),
    path("orders/export.csv", export.export, name="orders-export"),
    path("orders/columns", saved_views.columns, name="orders-columns"),
    path("orders/views/save", saved_views.save, name="orders-view-save"),
    path("orders/views/first", saved_views.first, name="orders-view-first"),
    path("orders/views/<key:pk>/delete", saved_views.delete, name="orders-view-delete"),
    path("orders/<key:pk>", one.order, name="orders-one"),
    path("orders/<key:pk>/hold", actions.hold, name="orders-hold"),
    path("orders/<key:pk>/release", actions.release, name="orders-release"),
    path("orders/<key:pk>/review", actions.review, name="orders-review"),
    path("orders/<key:pk>/give-back", actions.back_to_rules, name="orders-give-back"),
    path("orders/<key:pk>/route", actions.route, name="orders-route"),
    path("orders/<key:pk>/request", actions.ask, name="orders-request"),
    path("orders/<key:pk>/cancel", actions.cancel, name="orders-cancel"),
    path("orders/<key:pk>/cancel-units", canceling.cancel_units, name="orders-cancel-units"),
    path("orders/<key:pk>/fulfill", actions.fulfill, name="orders-fulfill"),
    path("requests/<key:pk>/cancel", request_actions.cancel, name="requests-cancel"),
    path("requests/<key:pk>/fulfill", request_actions.fulfill, name="requests-fulfill"),
    path("requests/<key:pk>/reject", request_actions.reject, name="requests-reject"),
    path("requests/<key:pk>/send", request_actions.send, name="requests-send"),
]
