"""Variations ("combinations"): the rules for writing them (ecwid-api/products.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecwid_twin.products import shape
from ecwid_twin.wire.errors import ApiError, not_found, wrong_parameter
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.products.catalogue import Catalogue

MOST = 200


def get(doc: Doc, identity: str) -> Doc:
    """One variation of a product. Raises a 404."""
    for variation in doc["combinations"]:
        if str(variation["id"]) == identity:
            found: Doc = variation
            return found
    raise not_found("Combination", identity)


def add(catalogue: Catalogue, doc: Doc, values: Doc) -> int:
    """Put a new variation on a product's copy; its id. Unknown options and values are created as SELECT."""
    sent = shape.accept(values, shape.VARIATION_WRITABLE)
    options = _options(sent.get("options"))
    _refuse_duplicate(doc, options, 0)
    number = catalogue.variation_id()
    variation: Doc = {
        "id": number,
        "combinationNumber": 1
        + max((item.get("combinationNumber", 0) for item in doc["combinations"]), default=0),
        "options": options,
        "unlimited": True,
        "attributes": [],
        "outOfStockVisibilityBehaviour": "SHOW",
    }
    for option in options:
        _offer(doc, option)
    _write(catalogue, doc, variation, sent)
    doc["combinations"].append(variation)
    return number


def change(catalogue: Catalogue, doc: Doc, identity: str, values: Doc) -> None:
    """Change a variation on a product's copy."""
    variation = get(doc, identity)
    sent = shape.accept(values, shape.VARIATION_WRITABLE)
    if "options" in sent:
        sent["options"] = _options(sent["options"])
        _refuse_duplicate(doc, sent["options"], variation["id"])
        for option in sent["options"]:
            _offer(doc, option)
    _write(catalogue, doc, variation, sent)


def replace(catalogue: Catalogue, doc: Doc, wanted: list[Doc]) -> None:
    """`saveCombinations=true`: the sent list becomes the product's variations, ids kept where they match."""
    if len(wanted) > MOST:
        raise ApiError(
            400, "COMBINATION_LIMIT_PER_REQUEST_EXCEEDED", f"No more than {MOST} variations in one request"
        )
    kept: list[int] = []
    for values in wanted:
        if not isinstance(values, dict):
            raise wrong_parameter("combinations", values, "objects")
        old = next(
            (
                item
                for item in doc["combinations"]
                if item["id"] == values.get("id") or _same(item["options"], values.get("options") or [])
            ),
            None,
        )
        if old is None:
            kept.append(add(catalogue, doc, values))
        else:
            change(catalogue, doc, str(old["id"]), values)
            kept.append(old["id"])
    doc["combinations"] = [item for item in doc["combinations"] if item["id"] in kept]


def _options(sent: object) -> list[Doc]:
    if not isinstance(sent, list) or not sent:
        raise wrong_parameter("options", sent, "a list of {name, value}")
    options = []
    for option in sent:
        if not isinstance(option, dict) or not option.get("name") or option.get("value") is None:
            raise wrong_parameter("options", option, "an object with name and value")
        name, value = str(option["name"]), str(option["value"])
        options.append(
            {"name": name, "nameTranslated": {"en": name}, "value": value, "valueTranslated": {"en": value}}
        )
    return options


def _same(left: list[Doc], right: list[Doc]) -> bool:
    return {(o.get("name"), o.get("value")) for o in left} == {(o.get("name"), o.get("value")) for o in right}


def _refuse_duplicate(doc: Doc, options: list[Doc], own: int) -> None:
    for other in doc["combinations"]:
        if other["id"] != own and _same(other["options"], options):
            raise ApiError(409, "COMBINATION_DUPLICATED", "Combination with such options already exists")


def _offer(doc: Doc, chosen: Doc) -> None:
    """Make sure the product has the option and the value a variation is built on."""
    option = next((item for item in doc["options"] if item.get("name") == chosen["name"]), None)
    if option is None:
        option = {
            "type": "SELECT",
            "name": chosen["name"],
            "nameTranslated": {"en": chosen["name"]},
            "choices": [],
            "defaultChoice": 0,
            "required": False,
        }
        doc["options"].append(option)
    choices = option.setdefault("choices", [])
    if not any(choice.get("text") == chosen["value"] for choice in choices):
        choices.append(
            {
                "text": chosen["value"],
                "textTranslated": {"en": chosen["value"]},
                "priceModifier": 0,
                "priceModifierType": "ABSOLUTE",
            }
        )


def _write(catalogue: Catalogue, doc: Doc, variation: Doc, sent: Doc) -> None:
    sku = sent.get("sku", variation.get("sku"))
    if "sku" in sent:
        catalogue.claim_sku(sent["sku"], int(doc["id"]), int(variation["id"]))
        if not sent.pop("sku"):
            variation.pop("sku", None)
        else:
            variation["sku"] = sku
    if "locationInventory" in sent:
        catalogue.write_locations(variation, sent)
    if "attributes" in sent:
        sent["attributes"] = catalogue.attributes.complete(sent["attributes"])
    stock: Doc = {name: sent.pop(name) for name in ("quantity", "unlimited") if name in sent}
    variation.update(sent)
    if variation.get("sku"):
        shape.apply_stock(variation, stock)
        if variation["sku"] == doc.get("sku"):
            _match_product(doc, variation)


def _match_product(doc: Doc, variation: Doc) -> None:
    """A variation with the product's own SKU must agree with it."""
    if (doc.get("unlimited"), doc.get("quantity")) != (variation.get("unlimited"), variation.get("quantity")):
        raise ApiError(
            400,
            "DIFFERENT_COMBINATION_STOCK",
            "Product variation with the same SKU as the main product must have the same stock",
        )
    if variation.get("dimensions") and doc.get("dimensions") and variation["dimensions"] != doc["dimensions"]:
        raise ApiError(
            400,
            "DIFFERENT_COMBINATION_DIMENSIONS",
            "Product variation with the same SKU as the main product must have the same dimensions",
        )
