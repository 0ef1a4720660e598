"""What a page says, for tests that look for words in it, and what its forms carry."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def text_of(answer: Any) -> str:
    """Return what an answer says. Of a page, white space counts as a browser counts it: as one space.

    `answer` is what Django's test client returns, whose type has no name.
    """
    text = str(answer.content.decode())
    if not answer.headers["Content-Type"].startswith("text/html"):
        return text
    return re.sub(r"[ \t\n\r\f]+", " ", text).strip()  # a space that does not break is no white space there


def as_shown(browser: Client, page: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return a form's values with the mark of what its page shows now, as a browser sends them."""
    found = re.search(r'name="as_of" value="(\d+)"', text_of(browser.get(page)))
    assert found, f"{page} has no form that says what it showed"
    return {"as_of": found[1], **values}
