"""Which addresses lie in a region, and which regions cannot be stored."""

from __future__ import annotations

import pytest

from crossdock.routing.filters import FilterError
from crossdock.routing.regions import check_regions, destination, in_regions


def address(country: str, code: str = "", state: str = "") -> dict[str, object]:
    return {"country": country, "zipCodeOrPostalCode": code, "stateOrProvince": state}


@pytest.mark.parametrize(
    ("region", "where", "expected"),
    [
        ({"country": "DE"}, address("DE"), True),
        ({"country": "de"}, address("DE", "20095"), True),
        ({"country": "DE"}, address("AT", "20095"), False),
        ({"country": "US", "states": ["ca", "NV"]}, address("US", "90210", "CA"), True),
        ({"country": "US", "states": ["CA"]}, address("US", "10001", "NY"), False),
        ({"country": "US", "states": ["CA"]}, address("US", "90210"), False),
        ({"country": "DE", "postalRanges": ["10000-19999"]}, address("DE", "10000"), True),
        ({"country": "DE", "postalRanges": ["10000-19999"]}, address("DE", "19999"), True),
        ({"country": "DE", "postalRanges": ["10000-19999"]}, address("DE", "20095"), False),
        ({"country": "DE", "postalRanges": ["01000-01999"]}, address("DE", "01067"), True),
        ({"country": "US", "postalRanges": ["90000-96199"]}, address("US", "90210-4321"), True),
        ({"country": "NL", "postalRanges": ["1000-1099"]}, address("NL", "1011 AB"), True),
        ({"country": "NL", "postalRanges": ["1000-1099"]}, address("NL", "AB"), False),
        ({"country": "CA", "postalRanges": [{"from": "K1A", "to": "K2Z"}]}, address("CA", "k2b 1A1"), True),
        ({"country": "CA", "postalRanges": [{"from": "K1A", "to": "K2Z"}]}, address("CA", "K3A 1A1"), False),
        ({"country": "GB", "postalPrefixes": ["SW1", "EC"]}, address("GB", "ec1a 1bb"), True),
        ({"country": "GB", "postalPrefixes": ["SW1"]}, address("GB", "N1 9GU"), False),
        ({"country": "DE", "postalPrefixes": ["2"], "postalRanges": ["10000-19999"]}, address("DE", "20095"), True),
        ({"country": "DE", "postalPrefixes": ["2"]}, address("DE"), False),
        ({"country": "DE"}, None, False),
        ({"country": "DE"}, {"city": "Hamburg"}, False),
    ],
)  # fmt: skip
def test_a_region(region: dict[str, object], where: dict[str, object] | None, expected: bool) -> None:
    assert in_regions(check_regions([region]), where) is expected


def test_no_region_is_everywhere_and_several_are_any_of_them() -> None:
    assert in_regions([], None)
    assert in_regions(check_regions([]), address("FR"))
    two = check_regions([{"country": "DE"}, {"country": "AT"}])
    assert in_regions(two, address("AT"))
    assert not in_regions(two, address("CH"))


@pytest.mark.parametrize(
    ("regions", "field", "part"),
    [
        ("DE", "regions", "list"),
        (["DE"], "regions[0]", "object"),
        ([{}], "regions[0].country", "two letters"),
        ([{"country": "Germany"}], "regions[0].country", "two letters"),
        ([{"country": "DE", "zip": "1"}], "regions[0]", "'zip' is not known"),
        ([{"country": "DE", "states": "BY"}], "regions[0].states", "list"),
        ([{"country": "DE", "states": [""]}], "regions[0].states", "characters"),
        ([{"country": "DE", "postalPrefixes": [20]}], "regions[0].postalPrefixes", "not a text"),
        ([{"country": "DE", "postalRanges": ["20095"]}], "regions[0].postalRanges", "10000-19999"),
        ([{"country": "DE", "postalRanges": ["9-1"]}], "regions[0].postalRanges", "lower code first"),
        ([{"country": "CA", "postalRanges": ["K9-K1"]}], "regions[0].postalRanges", "lower code first"),
        ([{"country": "DE", "postalRanges": [{"from": "1"}]}], "regions[0].postalRanges", "no range"),
        ([{"country": "DE", "postalRanges": ["-5"]}], "regions[0].postalRanges", "first and a last"),
        ([{"country": "DE"}] * 301, "regions", "at most 300"),
    ],
)
def test_what_is_no_region(regions: object, field: str, part: str) -> None:
    with pytest.raises(FilterError) as caught:
        check_regions(regions)
    assert caught.value.field == field
    assert part in caught.value.message


def test_a_destination_in_short() -> None:
    assert destination(address("US", "90210", "CA")) == "US CA 90210"
    assert destination(None) == ""
