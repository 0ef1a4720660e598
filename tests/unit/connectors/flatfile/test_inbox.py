"""Files coming in: which are complete, and how they are put away with what was not accepted."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
from crashing import Died, dying, points
from filedesk import Desk

from crossdock.connectors.contract import Reject
from crossdock.connectors.errors import Gone, Refused, Retry, Unreadable

TEXT = "extShipmentId,sku,quantity,trackingNumber\nS1,A,1,T1\nS1,B,x,T1\nS2,A,1,T2\n"
STEM = f"a.{hashlib.sha256(TEXT.encode()).hexdigest()[:12]}"


def put_away(desk: Desk, folder: str = "fulfillments", into: str = "done") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (desk.root / folder / into).iterdir()}


def test_a_file_is_taken_when_it_has_stayed_the_same_for_a_while(desk: Desk) -> None:
    desk.open()
    desk.drop("fulfillments/a.csv", TEXT)

    assert desk.open().report_inbox.waiting(()) == []
    desk.later(29)
    assert desk.open().report_inbox.waiting(()) == []
    desk.later(1)
    assert desk.open().report_inbox.waiting(()) == ["a.csv"]


def test_a_file_that_grows_is_not_taken(desk: Desk) -> None:
    desk.open()
    path = desk.drop("fulfillments/a.csv", TEXT)
    for _ in range(3):
        assert desk.open().report_inbox.waiting(()) == []
        desk.later(40)
        with path.open("a") as file:
            file.write("S3,A,1,T3\n")
    assert desk.open().report_inbox.waiting(()) == []


def test_a_file_written_anew_with_the_same_size_is_not_taken_yet(desk: Desk) -> None:
    desk.open()
    path = desk.drop("fulfillments/a.csv", TEXT)
    desk.open().report_inbox.waiting(())
    desk.later(40)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))

    assert desk.open().report_inbox.waiting(()) == []


def test_a_clock_that_was_set_back_takes_nothing_too_early(desk: Desk) -> None:
    desk.open()
    desk.drop("fulfillments/a.csv", TEXT)
    desk.open().report_inbox.waiting(())
    desk.later(-3600)

    assert desk.open().report_inbox.waiting(()) == []
    desk.later(31)
    assert desk.open().report_inbox.waiting(()) == ["a.csv"]


def test_damaged_notes_cost_one_more_look(desk: Desk) -> None:
    desk.open()
    desk.drop("fulfillments/a.csv", TEXT)
    desk.open().report_inbox.waiting(())
    desk.later(40)
    desk.drop(".crossdock/seen-fulfillments.json", "{")

    assert desk.open().report_inbox.waiting(()) == []
    desk.later(40)
    assert desk.open().report_inbox.waiting(()) == ["a.csv"]


def test_with_markers_a_file_waits_for_its_own(desk: Desk) -> None:
    desk.options = {"arrival": "marker"}
    inbox = desk.open().report_inbox
    path = desk.drop("fulfillments/a.csv", TEXT)
    desk.drop("fulfillments/b.csv", TEXT)
    assert inbox.waiting(()) == []
    desk.drop("fulfillments/a.csv.done", "")
    assert inbox.waiting(()) == ["a.csv"]

    inbox.settle(inbox.read("a.csv"), (), "")
    assert desk.files_in("fulfillments") == ["b.csv"]
    marker = desk.drop("fulfillments/a.csv.done", "")
    os.utime(marker, ns=(0, path.parent.stat().st_mtime_ns - 10_000_000_000))
    desk.drop("fulfillments/a.csv", TEXT)
    assert inbox.waiting(()) == [], "an old marker belongs to an earlier file"


def test_unfinished_hidden_and_foreign_files_are_left_alone(desk: Desk) -> None:
    inbox = desk.open(arrival="whole", fulfillmentsPattern="fulf-*.csv").report_inbox
    for name in (
        "fulf-1.csv", "FULF-2.CSV", "fulf-3.csv.tmp", "fulf-4.csv.part", ".fulf-5.csv", "fulf-6.csv.filepart",
        "stock.csv", "fulf-7.json", "fulf-8.csv~",
    ):  # fmt: skip
        desk.drop(f"fulfillments/{name}", TEXT)
    (desk.root / "fulfillments/fulf-dir.csv").mkdir()
    (desk.root / "fulfillments/fulf-link.csv").symlink_to("/etc/passwd")
    os.mkfifo(desk.root / "fulfillments/fulf-pipe.csv")

    assert sorted(inbox.waiting(())) == ["FULF-2.CSV", "fulf-1.csv"]
    for name in ("fulf-link.csv", "fulf-pipe.csv", "fulf-dir.csv", "none.csv"):
        with pytest.raises(Gone):
            inbox.read(name)


def test_the_oldest_comes_first(desk: Desk) -> None:
    inbox = desk.open(arrival="whole").report_inbox
    for name, age in (("new.csv", 1), ("old.csv", 50), ("middle.csv", 20)):
        path = desk.drop(f"fulfillments/{name}", TEXT)
        os.utime(path, (0, path.stat().st_mtime - age))

    assert inbox.waiting(()) == ["old.csv", "middle.csv", "new.csv"]


def test_a_file_that_two_flows_could_mean_is_not_guessed_at(desk: Desk) -> None:
    desk.options = {
        "arrival": "whole", "inventoryFolder": "fulfillments", "inventoryPattern": "*.csv",
        "fulfillmentsPattern": "f*.csv",
    }  # fmt: skip
    session = desk.open()
    desk.drop("fulfillments/f1.csv", TEXT)

    with pytest.raises(Refused) as caught:
        session.count_inbox.waiting(())
    assert (caught.value.code, caught.value.field) == ("badOption", "inventoryPattern")


def test_a_file_is_read_with_its_time_and_a_large_one_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.open(arrival="whole").report_inbox
    path = desk.drop("fulfillments/a.csv", TEXT)
    os.utime(path, (0, 1_700_000_000))

    record = inbox.read("a.csv")

    assert (record.document, record.remote_id) == (TEXT.encode(), "a.csv")
    assert record.updated_at is not None
    assert record.updated_at.timestamp() == 1_700_000_000
    monkeypatch.setattr("crossdock.connectors.flatfile.client.local.MAX_BYTES", 10)
    with pytest.raises(Refused) as caught:
        inbox.read("a.csv")
    assert caught.value.code == "fileTooLarge"


def test_a_file_that_changes_while_it_is_read_is_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open(arrival="whole")
    path = desk.drop("fulfillments/a.csv", TEXT)
    whole = session._place.read

    def growing(name: str) -> object:
        with path.open("a") as file:
            file.write("S9,A,1,T9\n")
        return whole(name)

    monkeypatch.setattr(session._place, "read", growing)
    with pytest.raises(Retry) as caught:
        session.report_inbox.read("a.csv")
    assert caught.value.code == "fileChanged"


def test_a_settled_file_lies_in_done_with_its_rejects_beside(desk: Desk) -> None:
    session = desk.open(arrival="whole")
    desk.drop("fulfillments/a.csv", TEXT)
    record = session.report_inbox.read("a.csv")
    rows = session.report_inbox.translate(record, desk.account)

    session.report_inbox.settle(record, (*rows.rejects, Reject(number=3, field="sku", reason="=unknown")), "")

    found = put_away(desk)
    assert sorted(found) == [f"{STEM}.csv", f"{STEM}.rejects.csv"]
    assert found[f"{STEM}.csv"] == TEXT.encode()
    assert found[f"{STEM}.rejects.csv"].decode().splitlines() == [
        "rejectedRow,rejectedField,rejectedBecause,extShipmentId,sku,quantity,trackingNumber",
        '1,row,"Row 2 of the same parcel was not accepted, and a parcel is taken whole.",S1,A,1,T1',
        "2,quantity,quantity is 'x'; it must be a whole number without separators.,S1,B,x,T1",
        "3,sku,'=unknown,S2,A,1,T2",
    ]
    assert desk.files_in("fulfillments") == []


def test_all_rows_of_a_rejected_parcel_come_back(desk: Desk) -> None:
    session = desk.open(arrival="whole")
    desk.drop("fulfillments/a.csv", TEXT.replace(",x,", ",2,"))
    record = session.report_inbox.read("a.csv")

    session.report_inbox.settle(record, [Reject(number=1, field="extShipmentId", reason="unknown")], "")

    rejects = next(text for name, text in put_away(desk).items() if "rejects" in name)
    assert [line[:2] for line in rejects.decode().splitlines()[1:]] == ["1,", "2,"]


def test_a_mended_reject_file_can_be_put_back(desk: Desk) -> None:
    session = desk.open(arrival="whole")
    desk.drop("fulfillments/a.csv", TEXT)
    inbox = session.report_inbox
    record = inbox.read("a.csv")
    inbox.settle(record, inbox.translate(record, desk.account).rejects, "")
    name, text = next((name, text) for name, text in put_away(desk).items() if "rejects" in name)

    desk.drop(f"fulfillments/{name}", text.decode().replace(",x,", ",2,"))

    assert inbox.waiting(()) == [name]
    rows = inbox.translate(inbox.read(name), desk.account)
    assert [(line.sku, line.quantity) for line in rows.rows[0].record.line_items] == [("A", 1), ("B", 2)]
    assert rows.rejects == ()


def test_a_refused_file_lies_in_rejected_with_the_reason(desk: Desk) -> None:
    session = desk.open(arrival="whole")
    desk.drop("inventory/a.csv", b"\xff\xfe\x00")
    record = session.count_inbox.read("a.csv")
    with pytest.raises(Unreadable) as caught:
        session.count_inbox.translate(record, desk.account)

    session.count_inbox.settle(record, (), caught.value.reason)

    found = put_away(desk, "inventory", "rejected")
    rejects = next(text for name, text in found.items() if "rejects" in name)
    assert len(found) == 2
    assert b"UTF-16" in rejects


def test_json_files_get_json_rejects(desk: Desk) -> None:
    session = desk.open(arrival="whole")
    desk.drop("inventory/a.json", '[{"sku": "A", "quantity": "x"}, {"sku": "B", "quantity": 1}]')
    record = session.count_inbox.read("a.json")
    rows = session.count_inbox.translate(record, desk.account)

    session.count_inbox.settle(record, rows.rejects, "")

    name, text = next((name, text) for name, text in put_away(desk, "inventory").items() if "rejects" in name)
    assert name.endswith(".rejects.json")
    assert [(row["rejectedRow"], row["sku"], row["quantity"]) for row in json.loads(text)] == [(1, "A", "x")]


def test_wherever_settling_dies_it_can_be_done_again(desk: Desk) -> None:
    session = desk.open(arrival="whole")

    def settle(name: str) -> None:
        inbox = desk.open(arrival="whole").report_inbox
        record = inbox.read(name)
        inbox.settle(record, inbox.translate(record, desk.account).rejects, "")

    desk.drop("fulfillments/a.csv", TEXT)
    number = 0
    for at, after in points(lambda: settle("a.csv")):
        number += 1
        for path in (desk.root / "fulfillments/done").iterdir():
            path.unlink()
        desk.drop("fulfillments/a.csv", TEXT)
        with dying(at, after=after), pytest.raises(Died):
            settle("a.csv")
        if "a.csv" in session.report_inbox.waiting(()):
            settle("a.csv")
        visible = [name for name in put_away(desk) if not name.startswith(".")]
        assert sorted(visible) == [f"{STEM}.csv", f"{STEM}.rejects.csv"], (at, after)
        assert desk.files_in("fulfillments") == []
    assert number > 10


def test_settling_twice_and_the_same_file_twice_lose_nothing(desk: Desk) -> None:
    inbox = desk.open(arrival="whole").report_inbox
    desk.drop("fulfillments/a.csv", TEXT)
    record = inbox.read("a.csv")
    inbox.settle(record, (), "")
    inbox.settle(record, (), "")
    desk.drop("fulfillments/a.csv", TEXT)
    inbox.settle(inbox.read("a.csv"), (), "")

    assert sorted(put_away(desk)) == [f"{STEM}-2.csv", f"{STEM}.csv"]


def test_a_file_that_was_exchanged_meanwhile_stays(desk: Desk) -> None:
    inbox = desk.open(arrival="whole").report_inbox
    desk.drop("fulfillments/a.csv", TEXT)
    record = inbox.read("a.csv")
    desk.drop("fulfillments/a.csv", "another\n")

    inbox.settle(record, (), "")

    assert desk.files_in("fulfillments") == ["a.csv"]
    assert put_away(desk) == {}


def test_a_file_exchanged_at_the_very_moment_of_moving_is_put_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = desk.open(arrival="whole")
    desk.drop("fulfillments/a.csv", TEXT)
    record = session.report_inbox.read("a.csv")
    real, first = session._place.move, [True]

    def exchanged(source: str, target: str) -> bool:
        if first.pop() if first else False:
            desk.drop("fulfillments/a.csv", "another file of another size\n")
        return real(source, target)

    monkeypatch.setattr(session._place, "move", exchanged)
    session.report_inbox.settle(record, (), "")

    assert (desk.root / "fulfillments/a.csv").read_text() == "another file of another size\n"
    assert put_away(desk) == {}
