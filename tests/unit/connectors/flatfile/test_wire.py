"""Bytes of files: what is read, what is refused, and what is written."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossdock.connectors.errors import Unreadable
from crossdock.connectors.flatfile.options import Options, read_options
from crossdock.connectors.flatfile.wire import MAX_CELL, Cell, open_table, write_csv, write_json
from crossdock.connectors.flatfile.wire.formulas import neutralized, restored, shielded

DANGEROUS = ["=1+1", "+49 30 1", "-5A", "@home", "\t=x", "\r=x", "\n=x"]


def rows(document: bytes, name: str = "a.csv", **options: Any) -> list[list[str]]:
    table = open_table(name, document, read_options(options))
    return [list(table.header), *(raw.cells for raw in table.rows)]


def problems(document: bytes, name: str = "a.csv") -> list[tuple[int, str]]:
    return [(raw.number, raw.problem) for raw in open_table(name, document, read_options({})).rows]


def refusal(document: bytes, name: str = "a.csv", **options: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        rows(document, name, **options)
    return caught.value.reason


@pytest.mark.parametrize(
    ("document", "options"),
    [
        (b"a,b\n1,2\n", {}),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", {}),
        (b"a;b\n1;2\n", {"delimiter": "semicolon"}),
        (b"a\tb\n1\t2\n", {"delimiter": "tab"}),
        (b' a ,b\n"1","2"\n', {}),
        (b"a,b\n\n1,2\n,\n", {}),
    ],
)
def test_a_csv_file_is_read(document: bytes, options: dict[str, Any]) -> None:
    assert rows(document, **options) == [["a", "b"], ["1", "2"]]


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks() -> None:
    assert rows(b'a,b\n"x, ""y""","1\r\n2"\n') == [["a", "b"], ['x, "y"', "1\r\n2"]]


def test_rows_are_numbered_from_one_below_the_header_blank_ones_too() -> None:
    document = b'a\n"two\nlines"\n\nx\n'

    assert [raw.number for raw in open_table("a.csv", document, read_options({})).rows] == [1, 3]


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        ("a,b\n1,Köln\n".encode("latin-1"), "Line 2 of the file has a byte 0xF6"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\x00\n", "no text at all"),
        (b'a,b\n1,"2\n', "Row 1 cannot be read"),
        (b'a,b\n1,"2"x\n', "Row 1 cannot be read"),
        (b"a,b\n1,2", "no line break at its end"),
        (b",".join(b"c%d" % n for n in range(301)) + b"\n", "301 columns"),
        (b"a\n" + b"x" * 200_000 + b"\n", "Row 1 cannot be read"),
    ],
)
def test_a_csv_file_that_cannot_be_trusted_is_refused_whole(document: bytes, part: str) -> None:
    assert part in refusal(document)


@pytest.mark.parametrize("arrival", ["whole", "marker"])
def test_a_last_line_without_a_break_is_fine_where_the_file_is_vouched_for(arrival: str) -> None:
    assert rows(b"a\n1", arrival=arrival) == [["a"], ["1"]]


def test_a_file_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossdock.connectors.flatfile.wire.table.MAX_ROWS", 3)

    assert len(rows(b"a\n1\n2\n3\n")) == 4
    assert "more than 3 rows" in refusal(b"a\n1\n2\n3\n4\n")
    assert "more than 3 rows" in refusal(b'[{"a":1},{"a":1},{"a":1},{"a":1}]', "a.json")


def test_a_row_of_another_shape_is_a_problem_of_its_own() -> None:
    found = problems(b"a,b\n1\n1,2\n1,2,3\n" + b"x" * (MAX_CELL + 1) + b",2\n")

    assert [number for number, problem in found if problem] == [1, 3, 4]
    assert "1 cells and the header 2" in found[0][1]


def test_json_is_a_list_of_flat_objects() -> None:
    document = b'[{"a": "x", "n": 12.50}, {"n": 3, "b": true, "c": null}]'

    assert rows(document, "a.JSON") == [["a", "n", "b", "c"], ["x", "12.50", "", ""], ["", "3", "true", ""]]


@pytest.mark.parametrize(
    ("document", "part"),
    [
        (b"{}", "list of objects"),
        (b'[{"a": 1}', "no JSON"),
        (b'[{"a": 1, "a": 2}]', "same field twice"),
        (b'[{"a": NaN}]', "NaN is no number"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_json_that_cannot_be_trusted_is_refused_whole(document: bytes, part: str) -> None:
    assert part in refusal(document, "a.json")


def test_json_rows_that_are_no_flat_objects_are_problems_of_their_own() -> None:
    found = problems(b'[1, {"a": [1]}, {"a": "x"}]', "a.json")

    assert [number for number, problem in found if problem] == [1, 2]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text: str) -> None:
    assert neutralized(text) == f"'{text}"
    assert restored(neutralized(text)) == text
    assert shielded(text) == f"'{text}"
    assert shielded(f"'{text}") == f"'{text}"


@pytest.mark.parametrize("text", ["", "tea", "a=b", "'quoted'", "5", " =x"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert neutralized(text) == restored(text) == text


@given(st.text(alphabet="'=+-@\t\r\nab", max_size=8))
def test_every_text_comes_back_as_it_went_out(text: str) -> None:
    assert restored(neutralized(text)) == text
    assert neutralized(text)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}


@given(st.lists(st.text(alphabet="'=+-@,;\"\r\n\tab ", max_size=8), min_size=2, max_size=4))
def test_a_written_row_reads_back_the_same(cells: list[str]) -> None:
    header = [f"c{number}" for number in range(len(cells))]

    found = rows(write_csv(header, [cells, ["x"] * len(cells)]))

    assert found[1:] == ([cells] if any(cells) else []) + [["x"] * len(cells)]


def test_cells_are_written_by_their_kind() -> None:
    berlin = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))
    row: list[Cell] = [Decimal("-12.50"), -3, True, None, berlin, "-x"]

    written = write_csv(list("abcdef"), [row], delimiter=";", decimal_mark=",")

    assert written == b"a;b;c;d;e;f\r\n-12,50;-3;true;;2026-03-02T09:00:00Z;'-x\r\n"


def test_formulas_are_kept_where_that_is_asked_for() -> None:
    assert write_csv(["a"], [["=x"]], neutralize=False) == b"a\r\n=x\r\n"
    assert rows(b"a\n'=x\n", neutralizeFormulas=False) == [["a"], ["'=x"]]


def test_json_is_written_with_numbers_amounts_and_times() -> None:
    written = write_json([{"n": 2, "p": Decimal("2.50"), "t": datetime(2026, 3, 2, tzinfo=UTC), "s": "=ö"}])

    assert json.loads(written) == [{"n": 2, "p": "2.50", "t": "2026-03-02T00:00:00Z", "s": "=ö"}]


def test_other_programs_read_what_is_written() -> None:
    written = write_csv(["a", "b"], [['say "hi", ok', "two\nlines"]])

    assert list(csv.reader(io.StringIO(written.decode(), newline=""))) == [
        ["a", "b"],
        ['say "hi", ok', "two\nlines"],
    ]


def test_options_are_needed_to_read() -> None:
    assert isinstance(read_options({}), Options)
