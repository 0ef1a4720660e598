"""The addresses of products."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.products import actions, editing, pages

urlpatterns = [
    path("products", pages.products, name="products"),
    path("products/new", editing.new, name="products-new"),
    path("products/<key:pk>", pages.product, name="products-one"),
    path("products/<key:pk>/edit", editing.edit, name="products-edit"),
    path("products/<key:pk>/channel", actions.channel, name="products-channel"),
    path("products/<key:pk>/bundle", actions.bundle, name="products-bundle"),
]
