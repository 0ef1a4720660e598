"""What a page says, for tests that look for words in it."""

from __future__ import annotations

from typing import Any


def text_of(answer: Any) -> str:
    """Return what an answer says. Of a page, white space counts as a browser counts it: as one space.

    `answer` is what Django's test client returns, whose type has no name.
    """
    text = str(answer.content.decode())
    return " ".join(text.split()) if answer.headers["Content-Type"].startswith("text/html") else text
