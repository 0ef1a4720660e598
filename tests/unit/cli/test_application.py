"""The command as a whole: help without a database, errors as one line, exit codes that mean something."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from crossdock.cli.codes import MEANINGS, CommandError, Exit
from crossdock.cli.errors import failure_of
from crossdock.config import ConfigError, Problem
from crossdock.connectors.errors import Gone, Reconnect, Refused, Retry
from crossdock.database import DatabaseError
from crossdock.flows.switches import SwitchError
from crossdock.hub.listing import AmbiguousError, ListingError, NotFoundError
from crossdock.hub.shipping.parcels import ShippingError
from crossdock.hub.stock.inventory import InventoryError
from crossdock.hub.vault import SecretUnreadable

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run
    from tests.unit.conftest import World

NOUNS = ("users", "integrations", "flows", "orders", "products", "inventory", "requests", "fulfillments",
         "locations", "exceptions", "runs")  # fmt: skip
VERBS = ("up", "web", "worker", "migrate", "doctor", "status", "sync", "import", "ship")


def test_help_needs_no_database_and_loads_neither_django_nor_a_connector(
    closed_environ: dict[str, str],
) -> None:
    code = (
        "import sys\n"
        "from crossdock.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'django', 'httpx2', 'crossdock.connectors.ecwid'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environ = closed_environ | {"CROSSDOCK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for name in (*NOUNS, *VERBS):
        assert f" {name} " in done.stdout, name
    for exit_code in MEANINGS:
        assert str(exit_code.value) in done.stdout


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_explains_itself(run: Run, noun: str) -> None:
    result = run(noun, "--help")
    assert result.exit_code == 0
    assert "list" in result.stdout or noun == "flows"


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (CommandError("no", Exit.NOT_FOUND), Exit.NOT_FOUND, "no"),
        (
            ConfigError([Problem("CROSSDOCK_X", "is wrong", "Mend it.")]),
            Exit.SETUP,
            "CROSSDOCK_X is wrong. Mend",
        ),
        (DatabaseError("cannot be reached"), Exit.SETUP, "reached"),
        (psycopg.OperationalError("connection refused\nmore"), Exit.SETUP, "connection refused"),
        (SecretUnreadable("key changed"), Exit.SETUP, "key changed"),
        (NotFoundError("none"), Exit.NOT_FOUND, "none"),
        (AmbiguousError("two"), Exit.USAGE, "two"),
        (ListingError("limit", "too many"), Exit.USAGE, "limit: too many"),
        (Reconnect("token revoked"), Exit.REMOTE, "token revoked"),
        (Refused("wrong shape", field="token"), Exit.REMOTE, "token: wrong shape"),
        (Gone("deleted"), Exit.NOT_FOUND, "deleted"),
        (Retry("busy"), Exit.ATTENTION, "busy"),
        (SwitchError("orders", "orders can be pull"), Exit.USAGE, "orders can be pull"),
        (InventoryError("quantity", "too large"), Exit.USAGE, "quantity: too large"),
        (ShippingError("status", "canceled"), Exit.ATTENTION, "canceled"),
    ],
)
def test_every_expected_error_is_one_line_and_a_code(error: Exception, code: Exit, part: str) -> None:
    failure = failure_of(error)
    assert failure is not None
    assert failure.code == code
    assert part in failure.message
    assert "\n" not in failure.message


def test_a_bug_is_not_taken_for_an_expected_error() -> None:
    assert failure_of(KeyError("x")) is None


def test_no_error_shows_a_secret() -> None:
    failure = failure_of(Refused("the store answered: bad token secret_abcdefghijklmnop"))
    assert failure is not None
    assert "abcdefghijklmnop" not in failure.message


def test_several_organizations_must_be_told_apart(run: Run, world: World) -> None:
    other = type(world)("Other")
    refused = run("orders", "list")
    assert refused.exit_code == Exit.USAGE
    assert other.organization.org_key in refused.stderr
    assert refused.stdout == ""

    order = other.order()
    found = run("--organization", other.organization.org_key, "orders", "list")
    assert order.ext_order_id in found.stdout
    assert run("--organization", "Nobody", "orders", "list").exit_code == Exit.NOT_FOUND


def test_a_database_that_cannot_be_reached_is_one_line(closed_environ: dict[str, str]) -> None:
    environ = closed_environ | {
        "CROSSDOCK_DATABASE_URL": "postgresql://ann:hidden-word@127.0.0.1:1/none",
        "CROSSDOCK_SECRET_KEY": "a key for this test only",
    }
    done = subprocess.run(
        [sys.executable, "-m", "crossdock", "orders", "list", "--json"],
        env=environ, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == Exit.SETUP
    assert done.stdout == ""
    assert done.stderr.startswith("Error: CROSSDOCK_DATABASE_URL")
    assert "Traceback" not in done.stderr
    assert "hidden-word" not in done.stderr


def test_wrong_settings_are_all_named(closed_environ: dict[str, str]) -> None:
    environ = closed_environ | {"CROSSDOCK_DATA_DIR": "here", "CROSSDOCK_PUBLIC_URL": "shop"}
    done = subprocess.run(
        [sys.executable, "-m", "crossdock", "status"],
        env=environ, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == Exit.SETUP
    assert "CROSSDOCK_DATA_DIR" in done.stderr
    assert "CROSSDOCK_PUBLIC_URL" in done.stderr
    assert "Traceback" not in done.stderr
