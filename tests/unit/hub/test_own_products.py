"""Products that people keep here: added once, changed by what they are, and never another one's by accident."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from crossdock.canon import Price, VariantOption
from crossdock.canon import Product as CanonProduct
from crossdock.canon.stock import Stock
from crossdock.hub.models import BundleItem, Event, InventoryRecord, Mark, Product
from crossdock.hub.own_products import SkuTakenError, add_product, change_product, put_product
from crossdock.hub.products import ProductError, canonical_product

if TYPE_CHECKING:
    from tests.unit.conftest import World


def euros(amount: str) -> tuple[Price, ...]:
    return (Price(name="base", value=Decimal(amount), currency="EUR"),)


def size(value: str, sku: str, amount: str = "") -> CanonProduct:
    return CanonProduct(
        ext_product_id="", sku=sku, name=f"Tee - {value}", stock=Stock(state="unknown"), kind="child",
        variant_options=(VariantOption("Size", value),), prices=euros(amount) if amount else (),
    )  # fmt: skip


TEE = CanonProduct(
    ext_product_id="", sku="TEE", name="Tee", stock=Stock(state="unknown"), prices=euros("20"),
    variants=(size("M", "TEE-M"), size("L", "TEE-L", "22")),
)  # fmt: skip


def children(product: Product) -> dict[str, Product]:
    return {one.sku or one.name: one for one in product.variants.order_by("pk")}


def operations(product: Product) -> list[str]:
    events = Event.objects.filter(entity="products", record_id=product.pk).order_by("pk")
    return list(events.values_list("operation", flat=True))


def test_a_product_is_added_with_its_variants_and_marked_for_the_channels(world: World) -> None:
    flow = world.flow("products")
    tee = add_product(world.organization, TEE, author="anna")
    assert (tee.kind, tee.owner, tee.price, tee.currency) == ("parent", None, Decimal(20), "EUR")
    assert {one.sku: one.price for one in tee.variants.all()} == {"TEE-M": None, "TEE-L": Decimal(22)}
    assert list(Mark.objects.filter(flow=flow).values_list("key", flat=True)) == [tee.key]
    assert operations(tee) == ["created"]


def test_a_sku_that_is_taken_is_refused_with_who_has_it(world: World) -> None:
    theirs = Product.objects.create(
        organization=world.organization, owner=world.integration, sku="CUP", name="Their cup"
    )
    add_product(world.organization, TEE, author="anna")
    for sku, where, holder in (
        ("CUP", "“Their cup”, which Shop owns, has it", theirs.sku),
        ("TEE", "“Tee” has it", "TEE"),
        ("TEE-M", "a variant of “Tee” has it", "TEE-M"),
    ):
        with pytest.raises(SkuTakenError, match=where) as caught:
            add_product(world.organization, msgspec.structs.replace(TEE, sku=sku, variants=()), author="anna")
        assert (caught.value.field, caught.value.holder.sku) == ("sku", holder)
    mug = msgspec.structs.replace(TEE, sku="MUG", variants=(size("S", "MUG-S"), size("M", "TEE-M")))
    with pytest.raises(SkuTakenError) as caught:
        add_product(world.organization, mug, author="anna")
    assert caught.value.field == "variants[1].sku"
    assert not Product.objects.filter(sku__startswith="MUG").exists(), "nothing is stored by halves"
    with pytest.raises(ProductError, match="TEE-M is a variant of TEE"):
        put_product(world.organization, size("M", "TEE-M"), author="anna")


def test_variants_alone_make_a_product_a_parent_and_taking_them_away_a_simple_one(world: World) -> None:
    alone = msgspec.structs.replace(TEE, variants=())
    for canonical, kind in ((alone, "simple"), (TEE, "parent"), (alone, "simple")):
        put_product(world.organization, canonical, author="anna")
        assert Product.objects.get(sku="TEE").kind == kind


def test_a_product_is_changed_by_what_it_is_and_not_by_its_sku(world: World) -> None:
    tee = add_product(world.organization, TEE, author="anna")
    medium, large = children(tee)["TEE-M"], children(tee)["TEE-L"]
    wish = msgspec.structs.replace(
        TEE, sku="SHIRT", name="Shirt", variants=(size("L", "SHIRT-L", "25"), size("XL", "SHIRT-XL"))
    )
    changed = change_product(tee, wish, author="ben", kept=[large.pk, None])
    assert (changed.pk, changed.sku, changed.name) == (tee.pk, "SHIRT", "Shirt")
    assert {sku: (one.pk == large.pk, one.status) for sku, one in children(changed).items()} == {
        "TEE-M": (False, "archived"), "SHIRT-L": (True, "active"), "SHIRT-XL": (False, "active"),
    }  # fmt: skip
    assert [one.sku for one in canonical_product(changed).variants] == ["SHIRT-L", "SHIRT-XL"]
    assert operations(changed) == ["created", "updated", "variantsChanged"]
    assert operations(medium)[-1] == "archived"
    back = change_product(
        tee, msgspec.structs.replace(wish, variants=(*wish.variants, size("M", "TEE-M"))), author="ben",
        kept=[large.pk, children(changed)["SHIRT-XL"].pk, None],
    )  # fmt: skip
    assert children(back)["TEE-M"].pk == medium.pk, "what was taken away comes back as what it was"
    assert children(back)["TEE-M"].status == "active"
    with pytest.raises(ProductError, match="no longer here"):
        change_product(tee, wish, author="ben", kept=[0, None])


def test_only_a_variants_price_is_a_change_of_its_product_too(world: World) -> None:
    tee = add_product(world.organization, TEE, author="anna")
    kept: list[int | None] = [one.pk for one in tee.variants.order_by("pk")]
    dearer = msgspec.structs.replace(TEE, variants=(TEE.variants[0], size("L", "TEE-L", "23")))
    change_product(tee, TEE, author="ben", kept=kept)
    assert operations(tee) == ["created"], "saving what is there already is no change"
    change_product(tee, dearer, author="ben", kept=kept)
    event = Event.objects.get(entity="products", record_id=tee.pk, operation="variantsChanged")
    assert (event.author, event.reason) == ("ben", "TEE-L")


def test_variants_without_a_sku_stay_what_they_are(world: World) -> None:
    tee = msgspec.structs.replace(TEE, variants=(size("M", ""), size("L", "")))
    first = put_product(world.organization, tee, author="anna")
    numbers = set(first.variants.values_list("pk", flat=True))
    again = put_product(world.organization, msgspec.structs.replace(tee, name="Tea shirt"), author="anna")
    assert set(again.variants.values_list("pk", flat=True)) == numbers
    assert not again.variants.filter(status="archived").exists()


@pytest.mark.parametrize("keeps", ["stock", "bundle"])
def test_a_sku_under_which_something_is_kept_stays(world: World, keeps: str) -> None:
    tee = add_product(world.organization, TEE, author="anna")
    large = children(tee)["TEE-L"]
    if keeps == "stock":
        InventoryRecord.objects.create(organization=world.organization, location=world.main, sku="TEE-L")
    else:
        gift = Product.objects.create(organization=world.organization, sku="GIFT", name="Gift")
        BundleItem.objects.create(bundle=gift, sku="TEE-L", quantity=1, updated_by="anna")
    wish = msgspec.structs.replace(TEE, variants=(size("L", "NEW-L"),))
    with pytest.raises(ProductError, match="under TEE-L, so its SKU stays") as caught:
        change_product(tee, wish, author="anna", kept=[large.pk])
    assert caught.value.field == "variants[0].sku"


def test_what_a_store_owns_is_changed_there(world: World) -> None:
    theirs = Product.objects.create(
        organization=world.organization, owner=world.integration, sku="CUP", name="Cup"
    )
    with pytest.raises(ProductError, match="belongs to Shop"):
        change_product(theirs, msgspec.structs.replace(TEE, sku="CUP", variants=()), author="anna")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"sku": " "}, "sku"),
        ({"sku": "x" * 121}, "sku"),
        ({"name": ""}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"prices": euros("-1")}, "prices"),
        ({"prices": euros("NaN")}, "prices"),
        ({"prices": euros("1e20")}, "prices"),
        ({"weight": Decimal(-1)}, "weight"),
        ({"variants": (size("M", "TEE"),)}, "variants[0].sku"),
        ({"variants": (size("M", "A"), size("L", "A"))}, "variants[1].sku"),
        ({"variants": (size("M", "A"), size("M", "B"))}, "variants[1].variantOptions"),
        ({"variants": (size("M", "A"), size("L", "B", "-2"))}, "variants[1].prices"),
    ],
)
def test_what_cannot_be_stored_is_refused_at_its_field(
    world: World, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(ProductError) as caught:
        put_product(world.organization, msgspec.structs.replace(TEE, **fields), author="anna")
    assert caught.value.field == field
    assert not Product.objects.exists()
