"""What the flat-file connector offers, in the words a person reads before turning a flow on."""

from __future__ import annotations

from crossdock.connectors.contract import CredentialField, Direction, Entity, FlowOffer, Manifest, OptionField
from crossdock.connectors.flatfile.options import (
    DELIMITERS,
    FOLDERS,
    INCOMING,
    OUTGOING,
    PATTERN,
    QUIET_SECONDS,
)

PULL, PUSH = Direction.PULL, Direction.PUSH

FLOWS = (
    FlowOffer(
        entity=Entity.SHIPMENTS,
        title="Shipping requests",
        directions=(PUSH,),
        sentences={
            PUSH: "Writes the shipping requests of this warehouse's locations into files, each once, from the "
            "moment you turn this on."
        },
        details={
            PUSH: "What waits there already goes out, too. A request that is called off goes out again with the "
            "status canceled."
        },
    ),
    FlowOffer(
        entity=Entity.ORDERS,
        title="Orders",
        directions=(PUSH,),
        sentences={PUSH: "Writes orders into files, from the moment you turn this on."},
    ),
    FlowOffer(
        entity=Entity.FULFILLMENTS,
        title="Fulfillments",
        directions=(PULL,),
        sentences={
            PULL: "Takes in files of parcels, and of what the warehouse will not ship, from the moment you turn "
            "this on."
        },
        details={
            PULL: "Files that lie there already are taken, too. Rows that cannot be accepted come back in a reject "
            "file with the reason; the others count."
        },
    ),
    FlowOffer(
        entity=Entity.INVENTORY,
        title="Inventory",
        directions=(PULL,),
        sentences={
            PULL: "Takes in files of stock counts for this warehouse's location, from the moment you turn this on."
        },
    ),
    FlowOffer(
        entity=Entity.PRODUCTS,
        title="Products",
        directions=(PULL,),
        sentences={PULL: "Takes in files of products, one in each row, from the moment you turn this on."},
        details={PULL: "Counts come by files of their own."},
    ),
)

CREDENTIALS = (
    CredentialField(
        name="path",
        label="Folder",
        hint="With a host: the folder on the server. Without: one of this machine, inside CROSSDOCK_FILES_DIR.",
    ),
    CredentialField(
        name="host", label="SFTP host", hint="Leave it out for a folder of this machine.", optional=True
    ),
    CredentialField(name="port", label="SFTP port", hint="22 if not given.", optional=True),
    CredentialField(name="user", label="SFTP user", optional=True),
    CredentialField(name="password", label="Password", secret=True, optional=True),
    CredentialField(
        name="private_key",
        label="Private key",
        secret=True,
        hint="Instead of a password: the text of an OpenSSH key file.",
        optional=True,
        several_lines=True,
    ),
    CredentialField(
        name="passphrase",
        label="Passphrase",
        secret=True,
        hint="Of the private key, if it has one.",
        optional=True,
    ),
    CredentialField(
        name="host_key",
        label="Host key",
        hint="The server's fingerprint, SHA256:…; without it, connecting shows it and asks you to confirm it.",
        optional=True,
    ),
)

_ABOUT = {
    "work": "Where files are made ready and notes are kept; on the same disk as the others. Moving it later "
    "means moving its content.",
    "shipments": "Where shipping requests go out.",
    "orders": "Where orders go out.",
    "fulfillments": "Where parcels come in.",
    "inventory": "Where counts come in.",
    "products": "Where products come in.",
}


def _choice(name: str, label: str, choices: tuple[str, ...], text: str) -> OptionField:
    return OptionField(name=name, label=label, kind="choice", default=choices[0], help=text, choices=choices)


OPTIONS = (
    _choice("format", "Format of outgoing files", ("csv", "json"), "Incoming files tell by their ending."),
    _choice(
        "rowPer",
        "One row for each",
        ("line", "order"),
        "order: the lines stand side by side (sku1, quantity1, sku2 …), or in lineItems as JSON.",
    ),
    _choice("delimiter", "Delimiter", tuple(DELIMITERS), "Between the cells of a CSV file, both ways."),
    _choice("decimalMark", "Decimal mark", ("point", "comma"), "In the amounts of a CSV file, both ways."),
    OptionField(
        name="timezone",
        label="Time zone",
        kind="text",
        default="UTC",
        help="Of incoming times that name none, e.g. Europe/Berlin. Outgoing times are UTC.",
    ),
    OptionField(
        name="neutralizeFormulas",
        label="Neutralize formulas",
        kind="boolean",
        default=True,
        help="Puts an apostrophe before cells that a spreadsheet would compute (= + - @), and takes it off again.",
    ),
    _choice(
        "arrival",
        "A file is complete",
        ("still", "marker", "whole"),
        "still: unchanged for quietSeconds. marker: NAME.done lies beside. whole: at once; files are moved in.",
    ),
    OptionField(
        name="quietSeconds",
        label="Seconds a file must stay unchanged",
        kind="integer",
        default=QUIET_SECONDS,
        help="Between two looks, with arrival=still.",
    ),
    OptionField(
        name="currency",
        label="Currency",
        kind="text",
        default="",
        help="Of prices in product files without a column for it, e.g. EUR.",
    ),
    _choice(
        "countMeans",
        "A count means",
        ("onHand", "available"),
        "What the column quantity says: what lies on the shelf, or what is left beside our requests.",
    ),
    *(
        OptionField(
            name=name, label=f"Folder: {name.removesuffix('Folder')}", kind="text", default=default,
            help=_ABOUT[name.removesuffix("Folder")],
        )
        for name, default in FOLDERS.items()
    ),
    *(
        OptionField(
            name=f"{entity}Pattern", label=f"Names of files: {entity}", kind="text", default=PATTERN,
            help="Which files are taken; several patterns by commas.",
        )
        for entity in INCOMING
    ),
    *(
        OptionField(
            name=f"{entity}Columns", label=f"Names of columns: {entity}", kind="text", default="",
            help="Theirs and ours: Article=sku,Qty=quantity; or as a JSON object.",
        )
        for entity in (*OUTGOING, *INCOMING)
    ),
    *(
        OptionField(
            name=f"{entity}AllOrNothing", label=f"All or nothing: {entity}", kind="boolean", default=False,
            help="One bad row refuses the whole file.",
        )
        for entity in INCOMING
    ),
)  # fmt: skip

MANIFEST = Manifest(
    key="flatfile",
    name="Flat files",
    summary="CSV and JSON through a folder or SFTP: shipping requests and orders out; parcels, counts, products in.",
    role="warehouse",
    flows=FLOWS,
    credentials=CREDENTIALS,
    options=OPTIONS,
    calls_per_minute=600,
    batch_size=500,
    search_lag=0.0,
)
