"""Product attributes: written by id, alias or name, read with all of them (ecwid-api/products.md §3.5)."""

from __future__ import annotations

from ecwid_twin.wire.message import Doc

ALIASES = ("UPC", "BRAND", "PRICE_PER_UNIT", "UNITS_IN_PRODUCT")


class Attributes:
    """The attributes of the General product type; unknown names are added as custom ones."""

    def __init__(self) -> None:
        self._rows: dict[int, Doc] = {}
        self._next = 9_998_010
        for kind in ALIASES:
            self._add(kind.replace("_", " ").title() if kind != "UPC" else "UPC", kind)

    def _add(self, name: str, kind: str) -> Doc:
        row = {"id": self._next, "name": name, "type": kind, "show": "DESCR"}
        self._rows[self._next] = row
        self._next += 1
        return row

    def all(self) -> list[Doc]:
        """Every known attribute."""
        return list(self._rows.values())

    def complete(self, sent: list[Doc]) -> list[Doc]:
        """What is stored for a written list: id, name, type and value of each."""
        return [self._complete(item) for item in sent]

    def _complete(self, item: Doc) -> Doc:
        row = self._find(item)
        kept: Doc = {
            **row,
            **{key: item[key] for key in ("value", "valueTranslated", "nameTranslated") if key in item},
        }
        kept.setdefault("value", "")
        return kept

    def _find(self, item: Doc) -> Doc:
        row = self._rows.get(item.get("id") or 0)
        if row is not None and not item.get("alias"):
            return row
        for row in self._rows.values():
            if item.get("alias") and row["type"] == item["alias"]:
                return row
            if not item.get("alias") and str(row["name"]).lower() == str(item.get("name", "")).lower():
                return row
        kind = str(item.get("type") or "CUSTOM")
        return self._add(str(item.get("name") or item.get("alias") or "Attribute"), kind)
