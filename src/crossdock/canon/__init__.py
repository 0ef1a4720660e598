"""The canonical records every connector translates to and from.

Plain, frozen, typed values: no clock, no network, no database. Field names are those of the
platform whose vocabulary we follow (`pipe17/entities.json`), in camelCase when encoded as JSON.
"""

from crossdock.canon.address import Address
from crossdock.canon.fulfillment import FulfillmentState, Parcel, ParcelLine
from crossdock.canon.location import Location
from crossdock.canon.money import quantized
from crossdock.canon.order import Charge, Customer, NameValue, Order, OrderLine, Payment, Refund, Standing
from crossdock.canon.product import Price, Product, ProductOption, VariantOption
from crossdock.canon.shipment import (
    ReportedLine,
    SentShipment,
    Shipment,
    ShipmentLine,
    ShipmentPart,
    ShipmentReport,
    StockCount,
)
from crossdock.canon.stock import Stock, StockState

__all__ = [
    "Address",
    "Charge",
    "Customer",
    "FulfillmentState",
    "Location",
    "NameValue",
    "Order",
    "OrderLine",
    "Parcel",
    "ParcelLine",
    "Payment",
    "Price",
    "Product",
    "ProductOption",
    "Refund",
    "ReportedLine",
    "SentShipment",
    "Shipment",
    "ShipmentLine",
    "ShipmentPart",
    "ShipmentReport",
    "Standing",
    "Stock",
    "StockCount",
    "StockState",
    "VariantOption",
    "quantized",
]
