"""Shipping requests → a file for a warehouse.

A bundle that is kept as its parts goes out as its parts: a row for each, with the bundle's SKU and number beside.
A request that is called off goes out again with the status ``canceled``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossdock.canon import Shipment, ShipmentLine
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.columns import SHIPMENT, SHIPMENT_LINE
from crossdock.connectors.flatfile.translate.outgoing import Outgoing, address_cells, outgoing_file
from crossdock.connectors.flatfile.wire import Cell

TO_SHIP, CALLED_OFF = "readyForFulfillment", "canceled"
"""What the column ``status`` says (pipe17/enums.json, shipment.status)."""


def shipment_file(records: Sequence[Shipment], options: Options) -> bytes:
    """Return a file of shipping requests. Raises `Refused`."""
    return outgoing_file("shipments", [_outgoing(one) for one in records], SHIPMENT, SHIPMENT_LINE, options)


def _outgoing(shipment: Shipment) -> Outgoing:
    head: dict[str, Cell] = {
        "extShipmentId": shipment.ext_shipment_id,
        "status": CALLED_OFF if shipment.canceled else TO_SHIP,
        "version": shipment.version,
        "shipmentId": shipment.shipment_id,
        "extOrderId": shipment.ext_order_id,
        "orderCreateTime": shipment.order_created_at,
        "orderSource": shipment.order_source,
        "locationName": shipment.location_name,
        "extLocationId": shipment.ext_location_id,
        "shippingCarrier": shipment.shipping_carrier,
        "shippingClass": shipment.shipping_class,
        "shippingCode": shipment.shipping_code,
        "shippingNote": shipment.shipping_note,
        "shippingPrice": shipment.shipping_price,
        "currency": shipment.currency,
    }
    return Outgoing(
        name=shipment.ext_shipment_id,
        head=head | address_cells(shipment.shipping_address),
        lines=[row for line in shipment.line_items for row in _rows(line)],
    )


def _rows(line: ShipmentLine) -> list[Mapping[str, Cell]]:
    if not line.parts:
        return [{"uniqueId": line.unique_id, "sku": line.sku, "name": line.name, "quantity": line.quantity}]
    return [
        {
            "uniqueId": line.unique_id,
            "sku": part.sku,
            "name": line.name,
            "quantity": line.quantity * part.quantity,
            "bundleSku": line.sku,
            "bundleQuantity": line.quantity,
        }
        for part in line.parts
    ]
