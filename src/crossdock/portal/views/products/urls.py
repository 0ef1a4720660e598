"""The addresses of products."""

from __future__ import annotations

from django.urls import path

from crossdock.portal.views.products import pages

urlpatterns = [
    path("products", pages.products, name="products"),
    path("products/<key:pk>", pages.product, name="products-one"),
]
