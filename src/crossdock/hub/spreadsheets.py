"""Cells of files that people open in a spreadsheet: none of them is computed there.

The rule is that of the warehouses' files (docs/warehouses.md): a text that a spreadsheet would take for a formula gets
an apostrophe in front; one that has apostrophes there already gets one more, so that the way back is never ambiguous.
"""

from __future__ import annotations

import re

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""What a file begins with: without it, spreadsheets take UTF-8 for something else."""
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n]")


def text_cell(value: object) -> str:
    """Return a text as a cell; nothing for None. Numbers that we write ourselves need no shield."""
    text = "" if value is None else str(value).replace("\x00", "")
    return f"'{text}" if _DANGEROUS.match(text) else text


class Line:
    """What a CSV writer writes to when lines are sent one by one: it gives each line back."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text
