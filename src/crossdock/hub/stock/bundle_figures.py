"""How many bundles the parts on the shelves make. Pure.

At each place as many as its scarcest part allows: a bundle is not packed from two places. Over all places never
more than the parts' totals allow, for a place may owe what another one has. A part without limit limits nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Shelf:
    """What one record offers a channel; `available` is None where the SKU is unlimited. `counted` says tracked."""

    sku: str
    location_id: int
    location: str
    available: int | None
    counted: bool
    keeps_bundles: bool


@dataclass(frozen=True)
class PartShare:
    """How many units of a part there are, and how many bundles of `each` that makes; None: without limit."""

    sku: str
    each: int
    available: int | None

    @property
    def bundles(self) -> int | None:
        """How many bundles the part is enough for; None without limit."""
        return None if self.available is None else max(self.available, 0) // self.each


@dataclass(frozen=True)
class Share:
    """How many bundles can be packed at `place` (empty: what all places have together), and which part limits them."""

    place: str
    parts: tuple[PartShare, ...]

    @property
    def bundles(self) -> int | None:
        """How many bundles; None without limit."""
        enough = [part.bundles for part in self.parts if part.bundles is not None]
        return min(enough) if enough else None

    @property
    def limited_by(self) -> str:
        """The SKU of the scarcest part, the first of them if there are several; empty without limit."""
        limits = [part for part in self.parts if part.bundles is not None and part.bundles == self.bundles]
        return limits[0].sku if limits else ""


@dataclass(frozen=True)
class BundleShare:
    """What the parts make: at each place, and together. `unknown` are parts that nobody has counted."""

    parts: Mapping[str, int]
    places: tuple[Share, ...]
    total: Share
    unknown: tuple[str, ...]

    @property
    def bundles(self) -> int | None:
        """How many bundles can be packed; None if one place packs them without limit."""
        at_places = [place.bundles for place in self.places]
        if any(bundles is None for bundles in at_places):
            return None
        packed = sum(bundles for bundles in at_places if bundles is not None)
        return packed if self.total.bundles is None else min(packed, self.total.bundles)

    @property
    def limited_by(self) -> tuple[str, ...]:
        """The SKUs of the parts that limit the number: of the total where that is less, else of each place."""
        at_places = sum(place.bundles or 0 for place in self.places)
        if self.total.bundles is not None and self.total.bundles < at_places:
            return (self.total.limited_by,)
        return tuple(sorted({place.limited_by for place in self.places if place.limited_by}))


def share_of(parts: Mapping[str, int], shelves: Sequence[Shelf]) -> BundleShare:
    """Return what `parts` (units in one bundle, by SKU) make of the `shelves` that feed the channel.

    Where bundles are kept whole none are packed from parts; only what such a place owes of a part counts.
    """
    rows = [shelf for shelf in shelves if shelf.sku in parts]
    packing = [shelf for shelf in rows if not shelf.keeps_bundles]
    owing = [
        shelf for shelf in rows if shelf.keeps_bundles and shelf.available is not None and shelf.available < 0
    ]
    unlimited = {shelf.sku for shelf in packing if shelf.available is None}
    known = unlimited | {shelf.sku for shelf in packing if shelf.counted}
    places = {shelf.location_id: shelf.location for shelf in sorted(packing, key=lambda row: row.location_id)}
    at_place = {(shelf.location_id, shelf.sku): shelf.available for shelf in packing}
    return BundleShare(
        parts=dict(parts),
        places=tuple(
            Share(
                name,
                tuple(PartShare(sku, each, at_place.get((place, sku), 0)) for sku, each in parts.items()),
            )
            for place, name in places.items()
        ),
        total=Share(
            "",
            tuple(
                PartShare(
                    sku, each,
                    None if sku in unlimited
                    else sum(row.available or 0 for row in (*packing, *owing) if row.sku == sku),
                )
                for sku, each in parts.items()
            ),
        ),
        unknown=tuple(sku for sku in parts if sku not in known),
    )  # fmt: skip


def explain_share(sku: str, share: BundleShare) -> list[str]:
    """Return the sum of a bundle's parts as lines to print."""
    lines = [f"{sku} is a bundle of {', '.join(f'{each} x {part}' for part, each in share.parts.items())}"]
    lines += [f"  {place.place}: {_sum(place)}" for place in share.places]
    if len(share.places) > 1:
        lines.append(f"  never more than all together: {_sum(share.total)}")
    return lines


def _sum(share: Share) -> str:
    parts = ", ".join(
        f"{part.sku} without limit"
        if part.available is None
        else f"{part.sku} {part.available} / {part.each} = {part.bundles}"
        for part in share.parts
    )
    if share.bundles is None:
        return f"without limit ({parts})"
    return f"{share.bundles} ({parts}; {share.limited_by} limits)"
