from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from crossdock import server
from crossdock.processes import end
from crossdock.server import PortError, check_port, free_port

SERVE = """
import sys
from crossdock import runtime, server
with runtime.start():
    server.serve("127.0.0.1", int(sys.argv[1]))
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_busy_port_is_named_with_a_way_out(taken: int) -> None:
    with pytest.raises(PortError, match=f"Port {taken} on 127.0.0.1 is in use.*--port"):
        check_port("127.0.0.1", taken)


def test_a_busy_port_is_stepped_around(taken: int) -> None:
    assert free_port("127.0.0.1", taken) > taken


def test_the_system_chooses_when_asked() -> None:
    assert free_port("127.0.0.1", 0) > 0


def test_no_free_port_in_reach_is_said(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PORTS_TO_TRY", 1)

    with pytest.raises(PortError, match=f"No port from {taken}"):
        free_port("127.0.0.1", taken)


def test_a_host_that_is_not_ours_is_said() -> None:
    with pytest.raises(PortError, match=r"192\.0\.2\.1 port 8017 cannot be listened on"):
        free_port("192.0.2.1", 8017)


def test_the_application_is_served_until_it_is_told_to_end(
    closed_environ: dict[str, str], database_url: str
) -> None:
    port = free_port("127.0.0.1", 0)
    environ = closed_environ | {
        "CROSSDOCK_DATABASE_URL": database_url,
        "CROSSDOCK_DATA_DIR": str(Path(closed_environ["HOME"]) / "data"),
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=environ, text=True)
    try:
        transport = httpx2.HTTPTransport(retries=20)
        with httpx2.Client(transport=transport, timeout=30) as client:
            answer = client.get(f"http://127.0.0.1:{port}/health/web")
    finally:
        code = end(process)

    assert answer.status_code == 200
    assert code == 0
    check_port("127.0.0.1", port)
