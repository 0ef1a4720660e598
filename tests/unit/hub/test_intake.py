"""What is news: by bytes, and by the outside system's own time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crossdock.hub.intake import KnownLink

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("tombstoned", "digest", "updated_at", "outdated"),
    [
        pytest.param(False, b"same", NOON, True, id="the same bytes"),
        pytest.param(False, b"other", NOON + SECOND, False, id="newer"),
        pytest.param(False, b"other", NOON, False, id="other bytes in the same second"),
        pytest.param(False, b"other", NOON - SECOND, True, id="an older one, from a search that trails"),
        pytest.param(False, b"other", None, False, id="no time to tell by"),
        pytest.param(True, b"same", NOON, True, id="deleted, still shown by the search"),
        pytest.param(True, b"other", NOON - SECOND, True, id="deleted, an older one shown"),
        pytest.param(True, b"other", NOON + SECOND, False, id="back after a deletion"),
    ],
)
def test_what_a_reading_says_is_news_or_not(
    *, tombstoned: bool, digest: bytes, updated_at: datetime | None, outdated: bool
) -> None:
    link = KnownLink(1, 2, b"same", b"", tombstoned, NOON)
    assert link.outdates(updated_at, digest) is outdated
