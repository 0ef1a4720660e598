"""``locations set`` and ``locations merge``, as somebody types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crossdock.cli.codes import Exit

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


def test_a_location_is_changed(run_json: RunJson, world: World) -> None:
    changed = run_json(
        "locations", "set", "Main", "--name", "Harbour", "--pause", "--not-in-totals", "--whole-bundles",
        "--exclude-for", world.integration.key,
    )  # fmt: skip
    assert (changed["name"], changed["pauseLocation"], changed["excludeFromTotals"]) == (
        "Harbour",
        True,
        True,
    )
    assert changed["excludeFromTotalsByIntegration"] == [world.integration.key]
    assert changed["preserveBundles"] is True
    again = run_json("locations", "set", "Harbour", "--resume", "--in-totals", "--exclude-for-none")
    assert (again["pauseLocation"], again["excludeFromTotals"]) == (False, False)
    assert again["excludeFromTotalsByIntegration"] == []


def test_two_locations_become_one(run_json: RunJson, world: World) -> None:
    world.location("Depot")
    stays = run_json("locations", "merge", "Main", "--into", "Depot", "--reason", "one house")
    assert (stays["name"], stays["isDefault"]) == ("Depot", True)
    merged = run_json("locations", "show", "Main")
    assert (merged["status"], merged["mergedInto"]) == ("merged", stays["locationId"])


def test_a_location_is_made(run_json: RunJson, world: World) -> None:
    made = run_json("locations", "create", "Depot")
    assert (made["name"], made["isDefault"], made["externalSystems"]) == ("Depot", False, [])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("set", "Main"), Exit.USAGE, "Say what to change"),
        (("set", "Nowhere", "--pause"), Exit.NOT_FOUND, "Nowhere"),
        (("set", "Main", "--status", "gone"), Exit.USAGE, "neither active nor inactive"),
        (("merge", "Main", "--into", "Main"), Exit.USAGE, "into itself"),
    ],
)
def test_what_is_refused(
    run: RunCommand, world: World, arguments: tuple[str, ...], code: Exit, says: str
) -> None:
    result = run("locations", *arguments)
    assert result.exit_code == code
    assert says in result.stderr
