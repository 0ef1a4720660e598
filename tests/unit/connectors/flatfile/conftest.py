"""A folder of files in a temporary place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Helpers stand beside the tests, and tests are no package.
sys.path.append(str(Path(__file__).parent))
from filedesk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A folder that nothing has been done with."""
    made = Desk(tmp_path)
    yield made
    for session in made.sessions:
        session.close()
