"""Ecwid's own codes never stand alone where people choose among them."""

from __future__ import annotations

from crossdock.connectors.ecwid.manifest import OPTIONS


def test_every_choice_of_ecwids_has_words() -> None:
    chosen = [option for option in OPTIONS if any(one.isupper() for one in option.choices)]
    assert len(chosen) == 3
    for option in chosen:
        assert len(option.words) == len(option.choices) == len(set(option.words))
        assert not any(word.isupper() for word in option.words)
