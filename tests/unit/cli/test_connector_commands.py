"""Adding a connector whose credentials are optional, secret, or of several lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossdock.cli import connectors
from crossdock.cli.codes import CommandError
from crossdock.cli.values import secret_file
from crossdock.connectors.flatfile.manifest import MANIFEST

NONE: dict[str, object] = {}


def test_what_is_optional_may_be_missing_and_what_is_needed_may_not() -> None:
    assert connectors._credentials(MANIFEST, {"path": " acme "}) == {"path": "acme"}
    with pytest.raises(CommandError, match="--path"):
        connectors._credentials(MANIFEST, NONE)


def test_a_secret_of_several_lines_comes_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN\nabc\n-----END\n")

    found = connectors._credentials(MANIFEST, {"path": "acme", "private_key_file": key})

    assert found == {"path": "acme", "private_key": "-----BEGIN\nabc\n-----END"}


def test_a_secret_is_given_in_one_way_only(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not several"):
        connectors._credentials(
            MANIFEST, {"path": "acme", "password": "x", "password_file": tmp_path / "none"}
        )


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_without_a_secret_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError) as caught:
        secret_file("Private key", path)
    assert "key" in str(caught.value)


def test_the_command_offers_each_way() -> None:
    offered = {option for one in connectors.command_for(MANIFEST).params for option in one.opts}

    assert {"--path", "--private-key", "--private-key-file", "--private-key-stdin", "--host-key"} <= offered
    assert "--host-key-file" not in offered
