"""Reading files of counts as spreadsheets write them."""

from __future__ import annotations

import pytest

from crossdock.hub.stock.sheet_file import SheetError, SheetLine, read_sheet, safe_cell


def lines(data: bytes | str, most: int = 10) -> list[SheetLine]:
    raw = data.encode() if isinstance(data, str) else data
    return read_sheet(raw, most_rows=most, setting="THE_SETTING").lines


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_signs_between_columns_and_encodings(sign: str, encoding: str) -> None:
    text = f"SKU{sign}Location{sign}On hand\r\ntea{sign}Süd{sign}12\r\n"
    assert lines(text.encode(encoding)) == [SheetLine(2, "tea", "Süd", "12", "")]


def test_lines_are_numbered_as_an_editor_does() -> None:
    assert [line.number for line in lines('sku,qty\n"two\nlines",1\n\ncup,2\n')] == [3, 5]


def test_other_columns_are_named_and_not_read() -> None:
    sheet = read_sheet(b"product,sku,available,quantity,\nTea,tea,3,4,\n", most_rows=9, setting="")
    assert sheet.ignored == ["product", "available"]
    assert sheet.lines == [SheetLine(2, "tea", "", "4", "")]


def test_short_lines_lack_what_they_lack() -> None:
    assert lines("sku,qty,location\ntea\n") == [SheetLine(2, "tea", "", "", "")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"sku,qty\nt\xe9a,1\n", "line 2 is not UTF-8"),
        (b"sku,qty\nt\x00a,1\n", "no text"),
        (b"name,qty\ntea,1\n", "no column sku"),
        (b"sku,name\ntea,1\n", "no column onHand"),
        (b"sku,qty,on hand\ntea,1,2\n", "two columns are the onHand"),
        (b'sku,qty\n"tea,1\n', "cannot be read"),
        (
            b"sku,qty\n" + b"tea,1\n" * 11,
            "more than 10 lines; split it, or have the setting THE_SETTING raised",
        ),
    ],
)
def test_what_cannot_be_read_says_how_to_mend_it(data: bytes, told: str) -> None:
    with pytest.raises(SheetError, match=told):
        lines(data)


@pytest.mark.parametrize("sku", ["=1+1", "-tea", "+tea", "@tea", "tea", "'tea", "'=tea", "''-tea"])
def test_what_could_be_a_formula_comes_out_harmless_and_in_again(sku: str) -> None:
    cell = safe_cell(sku)
    assert not cell.startswith(("=", "-", "+", "@"))
    assert lines(f"sku,qty\n{cell},1\n")[0].sku == sku
