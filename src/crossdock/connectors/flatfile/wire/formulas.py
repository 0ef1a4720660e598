"""Cells that a spreadsheet would take for a formula.

A cell that begins with one of ``= + - @``, a tab or a line break gets an apostrophe in front on the way out, and
loses it again on the way in, so that a SKU comes back as it went out. A text that begins with apostrophes before
such a character gets one more: the way back is never ambiguous.
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n]")
_NEUTRALIZED = re.compile(r"'+[=+\-@\t\r\n]")


def neutralized(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """Return what `neutralized` was given."""
    return text[1:] if _NEUTRALIZED.match(text) else text


def shielded(text: str) -> str:
    """Return a cell of somebody else's file so that it is safe and still reads the same."""
    return text if _NEUTRALIZED.match(text) else neutralized(text)
