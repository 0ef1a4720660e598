"""The demo, as somebody runs it: what it proves, how it ends, and that nothing of it stays behind."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import httpx2
import psutil
import pytest

from crossdock.demo import promises
from crossdock.demo.browser import Browser
from crossdock.demo.errors import DemoError
from crossdock.demo.life import Happened
from crossdock.demo.play import Result
from crossdock.demo.promises import Promise, Truth, busiest_minute
from crossdock.demo.store import Store
from crossdock.demo.tables import document, show
from crossdock.hub.models import Order

from .conftest import Road

COMMAND = (sys.executable, "-m", "crossdock", "demo", "--orders", "40")
UP = "Connect through the store's consent page"
SECONDS = 600


@dataclass
class Home:
    """A data folder that the database's account can reach, and what runs in it."""

    folder: Path
    environ: dict[str, str]

    def start(self, *options: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """Start a demo here."""
        return subprocess.Popen(
            [*COMMAND, *options],
            env=self.environ,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def processes(self) -> list[psutil.Process]:
        """Every process that belongs to a demo here: ours by environment, the database's by its folder."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("TESTED_DEMO_HOME") == str(self.folder)
                if ours or any(str(self.folder) in part for part in process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def assert_empty(self) -> None:
        """Nothing runs here any more, at the latest after the time a database takes to stop."""
        _, alive = psutil.wait_procs(self.processes(), timeout=30)
        assert alive == []
        assert self.processes() == []


@pytest.fixture
def home(closed_environ: dict[str, str]) -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="crossdock-demo-test-"))
    home = Home(folder, closed_environ | {"CROSSDOCK_DATA_DIR": str(folder), "TESTED_DEMO_HOME": str(folder)})
    yield home
    for process in home.processes():
        process.kill()
    psutil.wait_procs(home.processes(), timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read a demo's progress until `text` has been said."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if text in line:
            return "".join(said)
    pytest.fail(f"the demo ended with {process.wait()} before {text!r}:\n{''.join(said)}")


def assert_ends(process: subprocess.Popen[str], code: int) -> None:
    """The demo ends with `code`; what it said until then is shown otherwise."""
    _, said = process.communicate()
    assert process.returncode == code, said


@pytest.mark.timeout(SECONDS)
def test_it_proves_the_whole_road_as_data_and_leaves_nothing(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 8017)) if _free(8017) else socket.socket():
        demo = home.start("--once", "--json", "--seed", "2")
        out, said = demo.communicate()
    assert demo.returncode == 0, f"{said}\n{_differences(out)}"
    result = json.loads(out)
    assert result["kept"] is True
    assert [row["promise"] for row in result["promises"] if not row["kept"] or row["differences"]] == []
    assert not result["portal"]["url"].endswith(":8017")
    compared = {row["promise"]: row["compared"] for row in result["promises"]}
    idle = [promise for promise, numbers in compared.items() if not any(numbers.values())]
    assert [promise for promise in idle if "exception" not in promise] == []  # something was compared at all
    orders = compared["every order in the store is in the hub exactly once"]
    assert orders["store"] == orders["hub"] > 50
    carried = {(row["entity"], row["direction"]): row for row in result["flows"]}
    assert carried["products", "push"]["recordsOut"] == 2  # the new product, and the bundle
    assert carried["inventory", "push"]["recordsOut"] > 0
    assert [row for row in result["flows"] if row["remoteCalls"] < row["leastCalls"]] == []
    explained = {act["title"]: act["lines"] for act in result["explained"]}
    assert len(explained) == 5
    assert all(explained.values())
    split = explained["An order larger than either shelf is split over two places"]
    assert [line for line in split if "from Depot: 3 of" in line]
    assert "denied once, then allowed" in said
    assert "\x1b" not in said
    home.assert_empty()
    assert not (home.folder / "demo").exists()


@pytest.mark.timeout(SECONDS)
def test_on_a_terminal_it_stays_until_ctrl_c(home: Home) -> None:
    master, terminal = pty.openpty()
    demo = subprocess.Popen(
        COMMAND,
        env=home.environ,
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(terminal)
    shown = _read_terminal(master, "Ctrl-C ends it all.")
    assert "14 of 14 promises kept" in shown, f"a promise was broken:\n{shown}"
    assert "✗" not in shown, shown
    address = _first(r"Portal\s+(http://\S+)", shown)
    email, password = _first(r"Log in\s+(\S+)", shown), _first(r"Log in\s+\S+ / (\S+)", shown)
    with Browser(address) as browser:
        browser.log_in(email, password)
    with pytest.raises(DemoError, match="did not let"), Browser(address) as browser:
        browser.log_in(email, "not the password")
    assert demo.poll() is None
    demo.send_signal(signal.SIGINT)
    assert demo.wait() == 0
    os.close(master)
    home.assert_empty()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(address, trust_env=False)


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize(("ending", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_all_of_it(home: Home, ending: signal.Signals, code: int) -> None:
    demo = home.start("--once", stdout=subprocess.DEVNULL)
    read_until(demo, UP)
    assert len(home.processes()) >= 7  # the demo, store, web server and its worker, worker, database, keeper
    demo.send_signal(ending)
    assert_ends(demo, code)
    home.assert_empty()
    assert not (home.folder / "demo").exists()


@pytest.mark.timeout(SECONDS)
def test_killed_it_takes_everything_along_and_the_next_one_starts_clean(home: Home) -> None:
    demo = home.start("--once", stdout=subprocess.DEVNULL)
    read_until(demo, UP)
    left = home.folder / "demo" / "left.behind"
    left.touch()
    demo.kill()
    assert_ends(demo, -signal.SIGKILL)
    # At once, while the first one's database may still be stopping.
    again = home.start("--once", stdout=subprocess.DEVNULL)
    read_until(again, UP)
    assert not left.exists()
    again.terminate()
    assert_ends(again, 143)
    home.assert_empty()


@pytest.mark.timeout(SECONDS)
def test_a_second_one_beside_it_has_a_place_of_its_own(home: Home) -> None:
    home.folder.chmod(0o755)
    first = os.open(home.folder / "demo.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(first, fcntl.LOCK_EX)
    demo = home.start("--once", stdout=subprocess.DEVNULL)
    read_until(demo, "Database")
    assert (home.folder / "demo-2" / "postgres").is_dir()
    assert not (home.folder / "demo").exists()
    demo.terminate()
    assert_ends(demo, 143)
    os.close(first)
    home.assert_empty()


def test_a_wrong_option_is_refused(home: Home) -> None:
    demo = home.start("--orders", "3")
    _, said = demo.communicate()
    assert demo.returncode == 2
    assert "--orders" in said


# -- the promises can be broken


def test_a_difference_between_store_and_hub_is_found_and_located(road: Road) -> None:
    road.open_for_business()
    facts = {"url": road.twin.url, "storeId": road.twin.store_id, "controlUrl": road.twin.control_url}
    with Store(facts) as store:
        before = _broken(store, road)
        order = Order.objects.filter(integration=road.integration, standing="fulfilled").order_by("pk")[0]
        lost = order.ext_order_id
        order.delete()
        sku = road.tracked()
        road.control.set_stock(sku, 4711)
        changed = Order.objects.filter(integration=road.integration).order_by("-pk")[0].ext_order_id
        road.control.edit_order(changed, {"total": 1.23})
        after = _broken(store, road)
    assert before == {}
    assert f"order {lost} is not in the hub" in after["every order in the store is in the hub exactly once"]
    assert any(
        sku in line and "4711" in line for line in after["every pushed stock figure equals the store's"]
    )
    assert any(
        changed in line and "1.23" in line
        for line in after["every order stands as it stands in the store, to the cent"]
    )


def _broken(store: Store, road: Road) -> dict[str, tuple[str, ...]]:
    kept = promises.verify(Truth(store).read(), road.reload(), Happened())
    return {promise.sentence: promise.differences for promise in kept if not promise.kept}


def test_the_busiest_minute_is_a_sliding_one() -> None:
    assert busiest_minute([]) == 0
    assert busiest_minute([0, 30, 59, 60.5, 61, 300]) == 4


def test_a_broken_promise_is_shown_with_its_difference() -> None:
    kept = Promise("this holds", {"store": 1, "hub": 1})
    result = Result(promises=[kept])
    assert result.kept
    broken = replace(
        result, promises=[kept, Promise("that holds", {"store": 2, "hub": 1}, ("order X is missing",))]
    )
    assert not broken.kept
    stream = StringIO()
    show(broken, stream, stays=False)
    assert "FAILED that holds: store 2, hub 1\n    order X is missing\n" in stream.getvalue()
    assert "1 of 2 promises kept" in stream.getvalue()
    assert document(broken)["kept"] is False
    assert not Result().kept


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _read_terminal(master: int, text: str) -> str:
    shown = b""
    while text.encode() not in shown:
        ready, _, _ = select.select([master], [], [], SECONDS)
        assert ready, shown.decode()
        shown += os.read(master, 65536)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


def _differences(out: str) -> str:
    """The broken promises of a demo that printed data, or all that it printed."""
    try:
        promises = json.loads(out)["promises"]
    except ValueError:
        return out
    return "\n".join(f"{row['promise']}: {row['differences']}" for row in promises if row["differences"])


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found.group(1)
