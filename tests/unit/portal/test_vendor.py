"""Third-party files that the portal serves: they are what VENDOR.txt says they are, and icons are those in use."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import crossdock.portal

PORTAL = Path(crossdock.portal.__file__).parent
VENDOR = PORTAL / "static" / "vendor"
HEADING = re.compile(r"^(\S+/\S+(?:, \S+/\S+)*)$")
DIGEST = re.compile(r"\b([0-9a-f]{64})\b")


def described() -> dict[str, str]:
    """Give the SHA-256 of each file that VENDOR.txt names."""
    found: dict[str, str] = {}
    for part in (VENDOR / "VENDOR.txt").read_text(encoding="utf-8").split("\n\n"):
        heading = HEADING.match(part.splitlines()[0])
        if heading:
            found |= dict(zip(heading.group(1).split(", "), DIGEST.findall(part), strict=True))
    return found


def test_files_are_what_they_are_said_to_be() -> None:
    said = described()
    served = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.suffix in {".css", ".js", ".svg"}
    }

    assert served == said


def test_the_sprite_has_every_icon_that_pages_name_and_no_other() -> None:
    sprite = (VENDOR / "tabler-icons" / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    texts = [
        path.read_text(encoding="utf-8")
        for pattern in ("**/*.py", "templates/**/*.html")
        for path in PORTAL.glob(pattern)
    ]
    named = {name for text in texts for name in re.findall(r'{% icon "([^"]+)"', text)}
    words = {word for text in texts for word in re.findall(r"""["']([a-z0-9-]+)["']""", text)}

    assert named - there == set()
    assert there - words == set()
