"""All endpoints of the REST API in one table."""

from __future__ import annotations

from ecwid_twin.batch import routes as batch_routes
from ecwid_twin.orders import routes as order_routes
from ecwid_twin.products import facets, image_routes, variation_routes
from ecwid_twin.products import routes as product_routes
from ecwid_twin.shop import profile, storage
from ecwid_twin.shop import routes as shop_routes
from ecwid_twin.wire.router import Router

router = Router()
for part in (
    order_routes,
    product_routes,
    variation_routes,
    image_routes,
    facets,
    profile,
    storage,
    shop_routes,
    batch_routes,
):
    part.register(router)
