"""The benchmarks run from end to end on a small store, and say everything they promise to say."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.timeout(240)
def test_every_figure_is_there_and_positive() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--orders", "200", "--repeat", "1", "--no-memory", "--json"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=220,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    for work in ("import", "again", "floor"):
        assert figures[work]["perSecond"] > 0
        assert figures[work]["cpuPer10000"] > 0
    assert figures["import"]["ratioToFloor"] > 0
    assert figures["import"]["cpuRatioToFloor"] > 0
    # The generator leaves a few orders unfinished, which no import asks for.
    assert 150 < figures["orders"] <= 200
    least = -(-figures["orders"] // 100)
    assert figures["importCalls"]["leastCalls"] == least
    assert least <= figures["importCalls"]["calls"] <= least + 3
    changes = figures["changes"]
    assert changes["orders"] == figures["orders"]
    assert changes["leastCalls"] <= changes["calls"] <= changes["leastCalls"] + 6
    assert figures["limit"]["callsPerSecond"] > 0
    assert figures["limit"]["callsPerSecondAllowed"] == pytest.approx(8)


def test_the_peak_is_told_after_the_memory_was_given_back() -> None:
    program = (
        "from benchmarks.gauge import peak_megabytes; before = peak_megabytes();"
        "held = b'x' * (200 * 1024 * 1024); del held; print(peak_megabytes() - before)"
    )
    grown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert 190 < float(grown.stdout) < 260


@pytest.mark.django_db
def test_the_pages_that_are_measured_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    asking, filling, pages, portal = (
        importlib.import_module(f"benchmarks.{name}") for name in ("asking", "filling", "pages", "portal")
    )
    filled = filling.fill(400, NOW)
    assert filled.organization.orders.count() == 400
    assert filled.long_order.lines.count() == filling.MANY_LINES
    asked = asking.pages(filled, NOW)
    assert len({one.name for one in asked}) == len(asked), "a name that stands for two pages"
    client = portal.client_of(filled.user)
    # One of each kind is enough to know that its addresses lead somewhere.
    kinds = {one.address.split("?")[0]: one for one in asked}
    figures = {one.name: portal.measured_page(client, one, repeat=1) for one in kinds.values()}
    assert all(one["queries"] > 2 and one["milliseconds"] > 0 for one in figures.values())
    assert set(pages.joined(figures, figures)) == set(figures)
