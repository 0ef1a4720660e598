"""The invented catalogue: about forty products, some with variations."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from ecwid_twin.generator import names
from ecwid_twin.products import shape
from ecwid_twin.wire import dates
from ecwid_twin.wire.message import Doc

if TYPE_CHECKING:
    from ecwid_twin.store import Store


@dataclass(frozen=True, slots=True)
class Sellable:
    """A product, or one variation of it, as it is bought. `price` is in the smallest money unit."""

    product: int
    variation: int
    sku: str
    name: str
    price: int
    option: str
    choice: str
    weight: float
    digital: bool
    tracked: bool
    image: str
    category: int


def products(store: Store, random: Random, count: int, now: int) -> list[Doc]:
    """`count` product documents, created over the last two years before `now`; names repeat with a number."""
    units = store.profile.doc["formatsAndUnits"]
    precision = int(units.get("currencyPrecision", 2))
    docs = []
    for position in range(count):
        name, cents, option, choices = names.GOODS[position % len(names.GOODS)]
        series = position // len(names.GOODS)
        created = now - random.randrange(86400, 2 * 365 * 86400)
        doc = shape.blank(created)
        doc["id"] = 700_000_100 + position
        doc["name"] = name if not series else f"{name} No. {series + 1}"
        doc["nameTranslated"] = {"en": doc["name"]}
        doc["sku"] = f"{name[:3].upper().strip()}-{position + 1:03d}"
        doc["price"] = round(cents / 100, precision) if precision else cents
        _goods(doc, name, random, position)
        _choices(doc, store, random, name, option, choices)
        image = f"https://images.example/{store.id}/{doc['id']}.jpg"
        for key in ("thumbnailUrl", "imageUrl", "smallThumbnailUrl", "hdThumbnailUrl", "originalImageUrl"):
            doc[key] = image
        doc["defaultCategoryId"] = 172_786_255 if position % 2 else 172_966_754
        doc["categoryIds"] = [doc["defaultCategoryId"]]
        doc["categories"] = store.categories.brief(doc["categoryIds"])
        shape.derive(doc, created, units, store.profile.doc["generalInfo"]["storeUrl"])
        docs.append(doc)
    return docs


def _goods(doc: Doc, name: str, random: Random, position: int) -> None:
    digital = name in names.DIGITAL
    doc["isShippingRequired"] = not digital and name != "Gift Wrapping"
    if doc["isShippingRequired"]:
        doc["weight"] = round(0.1 + random.random() * 2, 2)
        doc["dimensions"] = {"length": random.randrange(5, 40), "width": random.randrange(5, 30), "height": 5}
    if digital:
        doc["files"] = [{"id": 96_000_000 + position, "name": "file.pdf", "description": "", "size": 120_006}]
    if name in names.UNLIMITED:
        doc["unlimited"] = True
    else:
        doc["unlimited"] = False
        doc["quantity"] = random.randrange(0, 400)
        doc["warningLimit"] = 3
    doc["attributes"] = [
        {"id": 9_998_010, "name": "UPC", "type": "UPC", "show": "DESCR", "value": f"40063813{position:05d}"},
        {
            "id": 9_998_011,
            "name": "Brand",
            "type": "BRAND",
            "show": "DESCR",
            "value": ("Nordlicht", "Hafen")[position % 2],
        },
    ]


def _choices(
    doc: Doc, store: Store, random: Random, name: str, option: str, choices: tuple[str, ...]
) -> None:
    if not option:
        return
    doc["options"] = [
        {
            "type": "SIZE" if option == "Size" else "SELECT",
            "name": option,
            "nameTranslated": {"en": option},
            "choices": [
                {
                    "text": text,
                    "textTranslated": {"en": text},
                    "priceModifier": 0,
                    "priceModifierType": "ABSOLUTE",
                }
                for text in choices
            ],
            "defaultChoice": 0,
            "required": True,
        }
    ]
    own = name not in names.INHERITING
    for number, text in enumerate(choices, 1):
        variation: Doc = {
            "id": store.catalogue.variation_id(),
            "combinationNumber": number,
            "options": [
                {
                    "name": option,
                    "nameTranslated": {"en": option},
                    "value": text,
                    "valueTranslated": {"en": text},
                }
            ],
            "unlimited": False,
            "attributes": [],
            "outOfStockVisibilityBehaviour": "SHOW",
        }
        if own:
            variation["sku"] = f"{doc['sku']}-{text.upper().replace(' ', '')}"
            variation["quantity"] = random.randrange(0, 120)
            if number == len(choices):
                variation["price"] = doc["price"] + (5 if isinstance(doc["price"], float) else 500)
        doc["combinations"].append(variation)


def sellables(docs: list[Doc], precision: int) -> list[Sellable]:
    """Everything in the catalogue that an order line can be about."""
    found = []
    for doc in docs:
        if not doc.get("enabled", True) or doc.get("isSampleProduct"):
            continue
        found += [sellable(doc, variation, precision) for variation in doc["combinations"] or [None]]
    return found


def sellable(doc: Doc, variation: Doc | None, precision: int) -> Sellable:
    """A product, or one of its variations, as it is bought."""
    part = variation or {}
    chosen = (part.get("options") or [{}])[0]
    price = part.get("defaultDisplayedPrice") if variation else doc.get("price")
    holder = part if part.get("sku") else doc
    return Sellable(
        int(doc["id"]),
        int(part.get("id") or 0),
        str(part.get("sku") or doc.get("sku") or ""),
        str(doc.get("name") or ""),
        round((price or 0) * 10**precision),
        str(chosen.get("name") or ""),
        str(chosen.get("value") or ""),
        float(part.get("weight") or doc.get("weight") or 0),
        bool(doc.get("files")),
        not holder.get("unlimited"),
        str(doc.get("imageUrl") or ""),
        int(doc.get("defaultCategoryId") or 0),
    )


def load_categories(store: Store) -> None:
    """The two categories the invented products live in."""
    created = dates.show(store.seconds())
    for key, name in ((172_966_754, "Home"), (172_786_255, "Wardrobe")):
        if key not in store.categories.rows:
            store.categories.load(
                [
                    {
                        "id": key,
                        "name": name,
                        "nameTranslated": {"en": name},
                        "enabled": True,
                        "orderBy": 10,
                        "created": created,
                    }
                ]
            )
