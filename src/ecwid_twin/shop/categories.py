"""Categories (ecwid-api/products.md §11)."""

from __future__ import annotations

from ecwid_twin.shop.records import Records
from ecwid_twin.wire.errors import ApiError
from ecwid_twin.wire.message import Doc


class Categories(Records):
    """All categories of a store."""

    def check(self, ids: list[int]) -> None:
        """Raise 404 when one of the ids does not exist; 402 when there are too many of them."""
        if len(ids) > 100:
            raise ApiError(
                402, "MAX_CATEGORIES_FOR_API_REQUEST_LIMIT_EXCEEDED", "No more than 100 categories"
            )
        missing = [key for key in ids if key not in self.rows]
        if missing:
            raise ApiError(
                404, "CATEGORIES_NOT_FOUND", f"Categories not found: {', '.join(map(str, missing))}"
            )

    def brief(self, ids: list[int]) -> list[Doc]:
        """The `categories` list inside a product."""
        rows = [self.rows[key] for key in ids if key in self.rows]
        return [
            {"id": row["id"], "enabled": row.get("enabled", True), "name": row.get("name", "")}
            for row in rows
        ]
