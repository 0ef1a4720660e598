"""Orders → a file, for whoever keeps books or plans by them."""

from __future__ import annotations

from collections.abc import Sequence

from crossdock.canon import Order
from crossdock.connectors.flatfile.options import Options
from crossdock.connectors.flatfile.translate.columns import ORDER, ORDER_LINE
from crossdock.connectors.flatfile.translate.outgoing import Outgoing, address_cells, outgoing_file
from crossdock.connectors.flatfile.wire import Cell


def order_file(records: Sequence[Order], options: Options) -> bytes:
    """Return a file of orders. Raises `Refused`."""
    return outgoing_file("orders", [_outgoing(one) for one in records], ORDER, ORDER_LINE, options)


def _outgoing(order: Order) -> Outgoing:
    head: dict[str, Cell] = {
        "extOrderId": order.ext_order_id,
        "extOrderCreatedAt": order.ext_order_created_at,
        "extOrderUpdatedAt": order.ext_order_updated_at,
        "orderSource": order.order_source,
        "standing": order.standing,
        "paid": order.paid,
        "paymentStatus": order.payment_status,
        "fulfillmentStatus": order.fulfillment_status,
        "method": order.method,
        "currency": order.currency,
        "subTotalPrice": order.sub_total_price,
        "orderDiscount": order.order_discount,
        "orderTax": order.order_tax,
        "shippingPrice": order.shipping_price,
        "totalPrice": order.total_price,
        "customerEmail": order.customer.email if order.customer else "",
        "shippingCarrier": order.shipping_carrier,
        "shippingClass": order.shipping_class,
        "shippingCode": order.shipping_code,
        "orderNote": order.order_note,
    }
    head |= address_cells(order.shipping_address)
    head |= address_cells(order.billing_address, "billing")
    return Outgoing(
        name=order.ext_order_id,
        head=head,
        lines=[
            {
                "uniqueId": line.unique_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "itemPrice": line.item_price,
                "itemDiscount": line.item_discount,
                "itemTax": line.item_tax,
                "requiresShipping": line.requires_shipping,
            }
            for line in order.line_items
        ],
    )
