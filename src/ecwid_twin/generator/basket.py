"""One realistic order from a basket: lines, discounts, taxes, shipping, and a total that adds up.

All sums are worked out in the smallest money unit; the total satisfies the check-sum of
ecwid-api/orders.md §3.3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from ecwid_twin.generator import names
from ecwid_twin.generator.goods import Sellable
from ecwid_twin.orders.shape import COUNTRIES
from ecwid_twin.wire import dates
from ecwid_twin.wire.message import Doc


@dataclass(slots=True)
class Money:
    """Turns amounts in the smallest unit into JSON numbers of a currency with `precision` decimals."""

    precision: int
    rate: float

    def show(self, amount: int) -> float | int:
        """`amount` in major units."""
        return amount if self.precision == 0 else amount / 10**self.precision

    def scale(self, hundredths: int) -> int:
        """An amount thought of in euro cents, in this currency's smallest unit (without conversion)."""
        return hundredths if self.precision in (0, 2) else hundredths * 10 ** (self.precision - 2)


@dataclass(slots=True)
class Basket:
    """What is bought and how; amounts in the smallest money unit, `tax_rate` in percent."""

    lines: list[tuple[Sellable, int]]
    kind: str
    gross: bool = True
    tax_rate: int = 10
    discount: int = 0
    coupon: int = 0
    handling: int = 0
    shipping: int = 0
    person: int = 0
    guest: bool = False
    digital: bool = field(init=False)

    def __post_init__(self) -> None:
        self.digital = all(item.digital for item, _ in self.lines)


def _person(number: int, phone: str) -> Doc:
    name, street, city, country, postal, state = names.PEOPLE[number % len(names.PEOPLE)]
    first, _, last = name.partition(" ")
    person = {
        "name": name,
        "firstName": first,
        "lastName": last,
        "street": street,
        "city": city,
        "countryCode": country,
        "countryName": COUNTRIES.get(country, country),
        "postalCode": postal,
        "phone": phone,
    }
    if state:
        person["stateOrProvinceCode"] = state
    return person


def _tax(amount: int, rate: int, *, gross: bool) -> int:
    return round(amount * rate / (100 + rate)) if gross else round(amount * rate / 100)


def _spread(total: int, weights: list[int]) -> list[int]:
    """`total` shared out by `weights`, to the last unit."""
    whole = sum(weights)
    if not total or not whole:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    shares[0] += total - sum(shares)
    return shares


def order(basket: Basket, money: Money, random: Random, line_ids: list[int]) -> Doc:
    """The order document of a basket, without ids, statuses and dates."""
    show = money.show
    amounts = [item.price * quantity for item, quantity in basket.lines]
    subtotal = sum(amounts)
    coupon = min(basket.coupon, subtotal)
    discount = min(basket.discount, subtotal - coupon)
    shares = _spread(discount + coupon, amounts)
    coupons = _spread(coupon, amounts)
    taxes = [
        _tax(amount - share, basket.tax_rate, gross=basket.gross)
        for amount, share in zip(amounts, shares, strict=True)
    ]
    tax = sum(taxes)
    total = subtotal - discount - coupon + basket.shipping + basket.handling + (0 if basket.gross else tax)
    items = [
        _line(basket, money, line_ids[at], item, quantity, taxes[at], coupons[at])
        for at, (item, quantity) in enumerate(basket.lines)
    ]
    person = _person(basket.person, f"+49{random.randrange(10**9, 10**10)}")
    doc: Doc = {
        "refundedAmount": 0,
        "subtotal": show(subtotal),
        "subtotalWithoutTax": show(subtotal - tax if basket.gross else subtotal),
        "total": show(total),
        "totalWithoutTax": show(total - tax),
        "giftCardRedemption": 0,
        "totalBeforeGiftCardRedemption": show(total),
        "giftCardDoubleSpending": False,
        "email": f"buyer{basket.person}@example.com",
        "paymentMethod": ("Credit card", "PayPal", "Bank transfer")[basket.person % 3],
        "tax": show(tax),
        "customerTaxExempt": False,
        "customerTaxId": "",
        "customerTaxIdValid": False,
        "b2b_b2c": "b2c",
        "reversedTaxApplied": False,
        "customerRequestedInvoice": False,
        "customerFiscalCode": "",
        "electronicInvoicePecEmail": "",
        "electronicInvoiceSdiCode": "",
        "ipAddress": "198.51.100.7",
        "couponDiscount": show(coupon),
        "refererUrl": "https://store.example/products/",
        "orderComments": "",
        "volumeDiscount": 0,
        "membershipBasedDiscount": 0,
        "totalAndMembershipBasedDiscount": show(discount),
        "customDiscount": [],
        "customSurcharges": [],
        "discount": show(discount),
        "usdTotal": total / 10**money.precision * money.rate,
        "items": items,
        "refunds": [],
        "billingPerson": person,
        "predictedPackage": [],
        "shippingLabelAvailableForShipment": False,
        "shipments": [],
        "additionalInfo": {},
        "paymentParams": {},
        "extraFields": {},
        "ticket": random.randrange(-(2**31), 2**31),
        "hidden": False,
        "taxesOnShipping": [],
        "disableAllCustomerNotifications": False,
        "externalFulfillment": False,
        "utmDataSets": [],
        "invoices": [],
        "pricesIncludeTax": basket.gross,
    }
    if not basket.guest:
        doc["customerId"] = 270_000_000 + basket.person
    if discount:
        doc["discountInfo"] = [
            {
                "value": show(discount),
                "type": "ABS",
                "base": "ON_TOTAL",
                "orderTotal": 1,
                "description": "Season sale",
            }
        ]
    if coupon:
        doc["discountCoupon"] = _coupon(show(coupon))
    if basket.handling:
        doc["handlingFee"] = {
            "name": "Wrapping",
            "value": show(basket.handling),
            "valueWithoutTax": show(basket.handling),
            "description": "",
            "taxes": [],
        }
    _fulfilment(doc, basket, money, person)
    return doc


def _coupon(value: float | int) -> Doc:
    return {
        "id": 215_189_589,
        "name": "Welcome",
        "code": "WELCOME",
        "discountType": "ABS",
        "status": "ACTIVE",
        "discount": value,
        "launchDate": "2024-04-30 23:00:00 +0000",
        "usesLimit": "UNLIMITED",
        "repeatCustomerOnly": False,
        "applicationLimit": "UNLIMITED",
        "creationDate": "2024-05-01 05:26:28 +0000",
        "updateDate": "2024-05-01 05:26:28 +0000",
        "orderCount": 0,
    }


def _line(
    basket: Basket, money: Money, number: int, item: Sellable, quantity: int, tax: int, coupon: int
) -> Doc:
    show = money.show
    unit_tax = _tax(item.price, basket.tax_rate, gross=basket.gross)
    line: Doc = {
        "id": number,
        "productId": item.product,
        "categoryId": item.category,
        "price": show(item.price),
        "priceWithoutTax": show(item.price - unit_tax if basket.gross else item.price),
        "productPrice": show(item.price),
        "sku": item.sku,
        "quantity": quantity,
        "shortDescription": "",
        "tax": show(tax),
        "shipping": 0,
        "quantityInStock": 40,
        "name": item.name,
        "nameTranslated": {"en": item.name},
        "isShippingRequired": not item.digital,
        "trackQuantity": item.tracked,
        "fixedShippingRateOnly": False,
        "imageUrl": item.image,
        "smallThumbnailUrl": item.image,
        "fixedShippingRate": 0,
        "digital": item.digital,
        "productAvailable": True,
        "couponApplied": coupon > 0,
        "taxes": [],
        "discounts": [],
        "discountsAllowed": True,
        "taxable": True,
        "giftCard": False,
        "isCustomerSetPrice": False,
        "attributes": [],
    }
    if tax:
        line["taxes"] = [
            {
                "name": f"{basket.tax_rate}% Tax",
                "value": basket.tax_rate,
                "total": show(tax),
                "taxOnDiscountedSubtotal": show(tax),
                "taxOnShipping": 0,
                "includeInPrice": basket.gross,
                "sourceTaxRateId": 947_976_181,
                "sourceTaxRateType": "MANUAL",
                "taxClassName": "Standard rate",
                "taxClassCode": "default",
            }
        ]
    if coupon:
        line["couponAmount"] = show(coupon)
    if item.weight:
        line["weight"] = item.weight
    if item.variation:
        line["combinationId"] = item.variation
    if item.option:
        line["selectedOptions"] = [
            {
                "name": item.option,
                "nameTranslated": {"en": item.option},
                "value": item.choice,
                "valueTranslated": {"en": item.choice},
                "valuesArray": [item.choice],
                "valuesArrayTranslated": {"en": [item.choice]},
                "selections": [
                    {
                        "selectionTitle": item.choice,
                        "selectionModifier": 0,
                        "selectionModifierType": "ABSOLUTE",
                    }
                ],
                "type": "CHOICE",
            }
        ]
    return line


def _fulfilment(doc: Doc, basket: Basket, money: Money, person: Doc) -> None:
    """How the goods reach the buyer: nothing at all for digital baskets."""
    if basket.digital:
        return
    rate = money.show(basket.shipping)
    option: Doc = {
        "shippingMethodId": "6589-1709547151586",
        "shippingMethodName": "Standard shipping",
        "shippingRate": rate,
        "shippingRateWithoutTax": rate,
        "isPickup": False,
        "fulfillmentType": "SHIPPING",
        "isShippingLimit": False,
    }
    if basket.kind == "pickup":
        option.update(
            shippingMethodId="6633-1504595502395",
            shippingMethodName="In-store Pickup",
            isPickup=True,
            pickupInstruction="<p>Ring the bell</p>",
            fulfillmentType="PICKUP",
        )
    elif basket.kind == "delivery":
        option.update(
            shippingMethodId="7712-1709547151999",
            shippingMethodName="Local delivery",
            fulfillmentType="DELIVERY",
        )
        doc["shippingPerson"] = person
    else:
        option.update(shippingCarrierName="DHL", estimatedTransitTime="2-4")
        doc["shippingPerson"] = person
    doc["shippingOption"] = option


def stamp(doc: Doc, key: int, public: str, created: int, updated: int) -> None:
    """Give an order its ids and dates (Unix seconds), in place."""
    doc.update(
        id=public,
        internalId=key,
        orderNumber=key,
        vendorOrderNumber=public,
        publicUid=public,
        createDate=dates.show(created),
        updateDate=dates.show(updated),
        createTimestamp=created,
        updateTimestamp=updated,
    )
