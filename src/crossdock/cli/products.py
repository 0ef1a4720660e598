"""``products``: what is sold."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.files import content_of
from crossdock.cli.lists import CursorOption, JsonOption, LimitOption, gathered, show_list
from crossdock.cli.output import money, say, show_fields, show_json, show_table
from crossdock.cli.values import moment, pairs, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossdock.hub.documents import Document
    from crossdock.hub.models import Product

app = typer.Typer(help="Products and their variants.", no_args_is_help=True)


@app.command("list")
def list_products(
    search: Annotated[str, typer.Argument(help="A SKU, a UPC or the beginnings of words of a name.")] = "",
    status: Annotated[list[str] | None, typer.Option(help="active, inactive, archived.")] = None,
    integration: Annotated[str | None, typer.Option(help="Owned or published by this integration.")] = None,
    updated_since: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="DATE", help="Changed here at or after this.")
    ] = None,
    variants: Annotated[bool, typer.Option("--variants", help="Variants as rows of their own.")] = False,
    limit: LimitOption = 50,
    cursor: CursorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List products, newest first."""
    with hub() as opened:
        from crossdock.hub import listing

        chosen = opened.optional_integration(integration)
        page = gathered(
            lambda size, start: listing.products(
                opened.organization,
                status=words(status),
                integration=chosen,
                updated_since=updated_since,
                search=search,
                variants=variants,
                limit=size,
                cursor=start,
            ),
            limit,
            cursor,
        )
        show_list(
            "products",
            page,
            as_json=as_json,
            documents=documents_of,
            columns=["id", "sku", "name", "kind", "status", "price", "variants", "owner"],
            row=lambda product: (
                product.key,
                product.sku,
                product.name,
                product.kind,
                product.status,
                money(product.price, product.currency),
                len(product.variants.all()),
                product.owner.name if product.owner else "",
            ),
            empty="No products.",
        )


def documents_of(rows: Sequence[Product]) -> list[Document]:
    """Return products as documents, their outside ids read in one query for all."""
    from crossdock.hub.documents import links_of, product_document

    ids = [row.pk for row in rows] + [child.pk for row in rows for child in row.variants.all()]
    links = links_of("products", ids)
    return [product_document(row, links=links) for row in rows]


@app.command()
def show(
    product: Annotated[str, typer.Argument(help="The product's id or SKU.")], as_json: JsonOption = False
) -> None:
    """Show one product with its variants and where it is published."""
    with hub() as opened:
        from crossdock.hub.documents import product_document
        from crossdock.hub.listing import find_product

        document = product_document(find_product(opened.organization, product))
        if as_json:
            show_json(document)
        else:
            _show(document)


def _show(document: Document) -> None:
    names = (
        "productId",
        "sku",
        "name",
        "status",
        "types",
        "upc",
        "price",
        "currency",
        "extProductId",
        "vendor",
    )
    fields = {name: document.get(name) for name in names}
    types = document["types"]
    fields["types"] = ", ".join(types) if isinstance(types, list) else types
    show_fields(fields)
    for name, columns in (
        ("published", ("integrationId", "extProductId", "status", "sku", "bufferInventory")),
        ("bundleItems", ("sku", "quantity", "updatedBy")),
        ("variants", ("productId", "sku", "name", "status", "price", "extProductId")),
    ):
        rows = document.get(name)
        if isinstance(rows, list) and rows:
            print()
            show_table(columns, [[row.get(column) for column in columns] for row in rows], empty="")


@app.command()
def bundles(
    sku: Annotated[str, typer.Argument(help="The SKU of the product that is sold as a bundle.")],
    items: Annotated[
        list[str] | None, typer.Argument(metavar="PART=QTY…", help="Its parts, and how many of each.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Make it a plain product again.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the product's timeline.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what a bundle consists of: all of its parts, not only those that change; or show it.

    What open orders keep of it follows at once. What a warehouse has been told to ship stays as it was told.
    """
    given = pairs(items or [], what="a part with its quantity", example="TEA=2")
    if clear and given:
        raise CommandError("Give the parts or --clear, not both.", Exit.USAGE)
    with hub() as opened:
        from crossdock.hub.documents import product_document
        from crossdock.hub.listing import find_product
        from crossdock.hub.stock.bundle_items import set_bundle_items

        product = find_product(opened.organization, sku)
        if given or clear:
            parts = {part: _whole(part, text) for part, text in given.items()}
            change = set_bundle_items(
                opened.organization, product.sku, parts, author=opened.author, reason=reason
            )
            for part in change.unknown:
                say(
                    f"Note: nothing here has the SKU {part!r} yet; until it is counted, the bundle is unknown."
                )
        document = product_document(find_product(opened.organization, sku))
        shown = document["bundleItems"]
        if as_json:
            show_json(document)
        else:
            rows = (
                [(row["sku"], row["quantity"], row["updatedBy"]) for row in shown]
                if isinstance(shown, list)
                else []
            )
            show_table(["part", "quantity", "by"], rows, empty=f"{product.sku} is no bundle.")


def _whole(part: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise CommandError(f"{part}: {text!r} is not a whole number.", Exit.USAGE) from None


@app.command()
def put(
    file: Annotated[str, typer.Argument(help="A JSON file, or - for standard input.")],
    as_json: JsonOption = False,
) -> None:
    """Store products from JSON: one, a list, or {"products": […]}; flows that push products carry them on.

    Field names as `products show --json` prints them; a product needs `sku` and `name`. A product with this
    SKU is replaced, unless a store owns it. What a bundle consists of stays; `products bundles` changes it.
    """
    from crossdock.cli.product_input import ProductInputError, read_products

    try:
        records = read_products(content_of(file))
    except ProductInputError as error:
        raise CommandError(f"{'standard input' if file == '-' else file}: {error}", Exit.USAGE) from error
    with hub() as opened:
        from crossdock.hub.models import Product
        from crossdock.hub.own_products import put_product
        from crossdock.hub.products import ProductError

        stored: list[int] = []
        refused = 0
        for record in records:
            try:
                stored.append(put_product(opened.organization, record, author=opened.author).pk)
            except ProductError as error:
                refused += 1
                say(f"{record.sku or record.name}: {error}")
        rows = list(
            Product.objects.filter(pk__in=stored)
            .select_related("organization", "owner")
            .prefetch_related(
                "published",
                "bundle_items",
                "variants__organization",
                "variants__published",
                "variants__bundle_items",
            )
            .order_by("pk")
        )
        if as_json:
            documents = documents_of(rows)
            show_json(documents[0] if len(records) == 1 and documents else {"products": documents})
        else:
            for row in rows:
                print(f"{row.key}  {row.sku}  {row.name}")
    if refused:
        raise CommandError(f"{refused} of {len(records)} products were not stored.", Exit.USAGE)
