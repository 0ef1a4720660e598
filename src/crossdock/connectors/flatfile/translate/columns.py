"""The columns there are, by our names. Each integration may give them other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile.options import Options


class Incoming(Struct, frozen=True, kw_only=True):
    """The columns of a file that comes in. Of each group in `one_of`, at least one must be there."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    one_of: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All columns that are understood."""
        return self.required + self.one_of + self.optional


ADDRESS = (
    "firstName",
    "lastName",
    "company",
    "address1",
    "address2",
    "city",
    "stateOrProvince",
    "zipCodeOrPostalCode",
    "country",
    "email",
    "phone",
)

SHIPMENT = (
    "extShipmentId",
    "status",
    "version",
    "shipmentId",
    "extOrderId",
    "orderCreateTime",
    "orderSource",
    "locationName",
    "extLocationId",
    "shippingCarrier",
    "shippingClass",
    "shippingCode",
    "shippingNote",
    "shippingPrice",
    "currency",
    *ADDRESS,
)
SHIPMENT_LINE = ("uniqueId", "sku", "name", "quantity", "bundleSku", "bundleQuantity")

ORDER = (
    "extOrderId",
    "extOrderCreatedAt",
    "extOrderUpdatedAt",
    "orderSource",
    "standing",
    "paid",
    "paymentStatus",
    "fulfillmentStatus",
    "method",
    "currency",
    "subTotalPrice",
    "orderDiscount",
    "orderTax",
    "shippingPrice",
    "totalPrice",
    "customerEmail",
    *ADDRESS,
    *(f"billing{name[0].upper()}{name[1:]}" for name in ADDRESS),
    "shippingCarrier",
    "shippingClass",
    "shippingCode",
    "orderNote",
)
ORDER_LINE = (
    "uniqueId",
    "sku",
    "name",
    "quantity",
    "itemPrice",
    "itemDiscount",
    "itemTax",
    "requiresShipping",
)

OUTGOING_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "shipments": SHIPMENT + SHIPMENT_LINE,
    "orders": ORDER + ORDER_LINE,
}

INCOMING_COLUMNS: Mapping[str, Incoming] = {
    "fulfillments": Incoming(
        required=("extShipmentId",),
        optional=(
            "extFulfillmentId",
            "fulfillmentType",
            "sku",
            "quantity",
            "trackingNumber",
            "trackingUrl",
            "shippingCarrier",
            "shippingClass",
            "actualShipDate",
            "reason",
            "extReferenceId",
        ),
    ),
    "inventory": Incoming(
        required=("sku",),
        one_of=("quantity", "onHand", "available"),
        optional=("countedAt", "extLocationId"),
    ),
    "products": Incoming(
        required=("sku", "name"),
        optional=(
            "extProductId",
            "description",
            "status",
            "upc",
            "vendor",
            "price",
            "cost",
            "currency",
            "taxable",
            "requiresShipping",
            "weight",
            "weightUnit",
            "length",
            "width",
            "height",
            "dimensionsUnit",
            "harmonizedCode",
            "imageURLs",
            "extProductUrl",
        ),
    ),
}


def check_columns(options: Options) -> None:
    """See that every mapped column is one of ours. Raises `Refused` naming the setting and what there is."""
    for entity, mapping in options.columns.items():
        incoming = INCOMING_COLUMNS.get(entity)
        known: Sequence[str] = incoming.known if incoming else OUTGOING_COLUMNS[entity]
        for ours in mapping.values():
            if ours not in known:
                raise Refused(
                    f"The setting {entity}Columns maps to {ours!r}, which there is not. There is: "
                    f"{', '.join(known)}.",
                    code="badOption",
                    field=f"{entity}Columns",
                )
