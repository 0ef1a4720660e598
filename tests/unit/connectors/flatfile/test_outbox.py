"""Files going out: once, whole, and never over another file, wherever the process dies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from crashing import Died, dying, points
from filedesk import Desk, shipment

from crossdock.canon import Shipment
from crossdock.connectors.contract import Applied
from crossdock.connectors.errors import InDoubt, Refused, Retry


class Engine:
    """Hands over one request as the engine does: a claim is noted between preparing and sending."""

    def __init__(self, desk: Desk, request: Shipment) -> None:
        self.desk, self.request = desk, request
        self.claimed: set[str] = set()
        self.settled: set[str] = set()
        self.done = False

    def run(self, key: str) -> None:
        """Look up what was claimed and is open, then hand over what is not out yet."""
        outbox = self.desk.open().shipment_outbox
        for open_key in sorted(self.claimed - self.settled):
            self.done = outbox.sent(open_key) or self.done
            self.settled.add(open_key)
        if not self.done:
            outbox.prepare([self.request], key)
            self.claimed.add(key)
            assert isinstance(outbox.send(key), Applied)
            self.settled.add(key)
            self.done = True


def collected(root: Path, taken: Path) -> list[Path]:
    """Take what has gone out as a warehouse does: hidden files and half ones are none of its business."""
    for path in (root / "shipments").iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.move(path, taken / path.name)
    return sorted(taken.iterdir())


@pytest.mark.parametrize("quick", [False, True], ids=["warehouse waits", "warehouse takes at once"])
def test_wherever_the_process_dies_a_request_goes_out_once(desk: Desk, tmp_path: Path, quick: bool) -> None:
    desk.open()
    request, number = shipment(), 0
    whole = None
    for at, after in points(lambda: Engine(desk, request).run("count")):
        taken = tmp_path / "taken" / str(number)
        taken.mkdir(parents=True)
        collected(desk.root, taken)
        for left in taken.iterdir():
            whole = whole or left.read_bytes()
            left.unlink()
        engine, number = Engine(desk, request), number + 1
        with dying(at, after=after), pytest.raises(Died):
            engine.run(f"k{number}-1")
        if quick:
            collected(desk.root, taken)
        engine.run(f"k{number}-2")
        found = collected(desk.root, taken)
        assert [path.read_bytes() for path in found] == [whole], (at, after, found)
    assert number > 20


def test_wherever_looking_it_up_dies_the_answer_stays_the_same(desk: Desk) -> None:
    desk.open()
    prepared = desk.open().shipment_outbox
    prepared.prepare([shipment()], "count")
    keys = 0
    for at, after in points(lambda: desk.open().shipment_outbox.sent("count")):
        keys += 1
        key = f"k{keys}"
        desk.open().shipment_outbox.prepare([shipment()], key)
        with dying(at, after=after), pytest.raises(Died):
            desk.open().shipment_outbox.sent(key)
        assert not desk.open().shipment_outbox.sent(key)
        assert isinstance(desk.open().shipment_outbox.send(key), InDoubt)
    assert desk.files_in("shipments") == []
    assert keys > 4


def test_what_is_prepared_is_out_of_sight(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox

    outbox.prepare([shipment()], "run_1-1")

    assert desk.files_in("shipments") == []
    assert outbox.send("run_1-1") == Applied(remote_id="shipments/shipments-run_1-1.csv")
    assert desk.files_in("shipments") == ["shipments-run_1-1.csv"]
    assert outbox.sent("run_1-1")


def test_preparing_again_replaces_what_was_prepared_whatever_the_format(desk: Desk) -> None:
    desk.open().shipment_outbox.prepare([shipment("S-1")], "k")
    outbox = desk.open(format="json").shipment_outbox
    outbox.prepare([shipment("S-2")], "k")

    assert isinstance(outbox.send("k"), Applied)

    assert desk.files_in("shipments") == ["shipments-k.json"]
    assert "S-2" in (desk.root / "shipments/shipments-k.json").read_text()
    assert outbox.sent("k")


def test_what_was_prepared_goes_out_although_the_format_changed_since(desk: Desk) -> None:
    desk.open().shipment_outbox.prepare([shipment()], "k")

    assert isinstance(desk.open(format="json").shipment_outbox.send("k"), Applied)
    assert desk.files_in("shipments") == ["shipments-k.csv"]


def test_what_was_looked_up_and_withdrawn_never_goes_out_later(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "k")

    assert not outbox.sent("k")
    assert isinstance(outbox.send("k"), InDoubt)
    assert not outbox.sent("k")
    assert desk.files_in("shipments") == []


def test_after_being_withdrawn_it_can_be_prepared_anew(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "k")
    assert not outbox.sent("k")

    outbox.prepare([shipment()], "k")

    assert isinstance(outbox.send("k"), Applied)
    assert outbox.sent("k")


def test_what_dead_processes_left_is_withdrawn_and_emptied_and_the_orders_are_left_alone(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "dead-1")
    outbox.prepare([shipment()], "asked-1")
    assert not outbox.sent("asked-1")
    desk.open().order_outbox.prepare([], "dead-1")
    desk.drop(".crossdock/.shipments-dead-2.csv.prepared.writing", "half")
    desk.drop(".crossdock/shipments-seen", "a note of somebody's")

    fresh = desk.open().shipment_outbox
    fresh.prepare([shipment()], "live-1")

    assert desk.files_in(".crossdock") == [
        "folder-id", "orders-dead-1.csv.prepared", "shipments-asked-1.csv.withdrawn",
        "shipments-dead-1.csv.withdrawn", "shipments-live-1.csv.prepared", "shipments-seen",
    ]  # fmt: skip
    for name in ("asked", "dead"):
        assert (desk.root / f".crossdock/shipments-{name}-1.csv.withdrawn").read_bytes() == b""
    # One that was slow and not dead sends nothing, and hears that it has to prepare anew.
    assert isinstance(outbox.send("dead-1"), InDoubt)
    assert not outbox.sent("dead-1")
    assert isinstance(fresh.send("live-1"), Applied)
    assert desk.files_in("shipments") == ["shipments-live-1.csv"]


def test_another_file_of_that_name_is_never_overwritten(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "k")
    desk.drop("shipments/shipments-k.csv", "theirs")

    outcome = outbox.send("k")

    assert isinstance(outcome, Refused)
    assert outcome.code == "fileInTheWay"
    assert (desk.root / "shipments/shipments-k.csv").read_text() == "theirs"
    assert not outbox.sent("k")


def test_both_names_of_one_file_mean_that_it_went_out(desk: Desk) -> None:
    """A server that moves by linking and unlinking may die in between."""
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "k")
    prepared = desk.root / ".crossdock/shipments-k.csv.prepared"
    (desk.root / "shipments/shipments-k.csv").hardlink_to(prepared)

    assert outbox.sent("k")
    assert not prepared.exists()


def test_keys_of_any_kind_give_names_of_their_own(desk: Desk) -> None:
    outbox = desk.open().shipment_outbox
    for key in ("a/b", "a\\b", "../../etc/passwd", "a b", "ä", ".hidden", "x" * 300):
        outbox.prepare([shipment()], key)
        assert isinstance(outbox.send(key), Applied)

    assert len(desk.files_in("shipments")) == 7
    assert sorted(path.name for path in desk.files.iterdir()) == ["acme"]


@pytest.mark.parametrize("trouble", ["gone", "emptied", "another"])
def test_in_another_folder_nothing_is_concluded(desk: Desk, trouble: str) -> None:
    outbox = desk.open().shipment_outbox
    outbox.prepare([shipment()], "k")
    desk.root.rename(desk.files / "elsewhere")
    if trouble != "gone":
        desk.root.mkdir()
    if trouble == "another":
        account, desk.account = desk.account, None
        desk.open()
        desk.account = account
    fresh = desk.open().shipment_outbox

    with pytest.raises(Retry) as caught:
        fresh.sent("k")
    assert caught.value.code in ("otherFolder", "folderMissing")
    with pytest.raises((Retry, Refused)):
        fresh.prepare([shipment()], "k2")


def test_orders_go_out_by_a_folder_of_their_own(desk: Desk) -> None:
    outbox = desk.open().order_outbox
    outbox.prepare([], "k")

    assert isinstance(outbox.send("k"), Applied)
    assert desk.files_in("orders") == ["orders-k.csv"]
