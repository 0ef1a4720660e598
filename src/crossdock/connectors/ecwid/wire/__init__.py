"""What Ecwid sends: documents decoded to the fields that are read, strictly first, leniently where needed."""

from crossdock.connectors.ecwid.wire.base import Id, text_id
from crossdock.connectors.ecwid.wire.documents import (
    moment,
    order_identity,
    parsed_time,
    product_identity,
    read_order,
    read_product,
    read_profile,
    unknown_fields,
)
from crossdock.connectors.ecwid.wire.extremes import LARGEST, unusable_amount
from crossdock.connectors.ecwid.wire.orders import Item, OrderDocument, Person
from crossdock.connectors.ecwid.wire.pages import PageEnvelope, decode_page
from crossdock.connectors.ecwid.wire.products import Attribute, Option, ProductDocument, Unit, Variation
from crossdock.connectors.ecwid.wire.profiles import PostalAddress, ProfileDocument

__all__ = [
    "LARGEST",
    "Attribute",
    "Id",
    "Item",
    "Option",
    "OrderDocument",
    "PageEnvelope",
    "Person",
    "PostalAddress",
    "ProductDocument",
    "ProfileDocument",
    "Unit",
    "Variation",
    "decode_page",
    "moment",
    "order_identity",
    "parsed_time",
    "product_identity",
    "read_order",
    "read_product",
    "read_profile",
    "text_id",
    "unknown_fields",
    "unusable_amount",
]
