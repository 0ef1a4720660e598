"""`ecwid-twin serve` as a process: it says where it is, serves, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys

import httpx2

COMMAND = [sys.executable, "-m", "ecwid_twin.cli", "serve", "--json"]


def start(*more: str) -> tuple[subprocess.Popen[str], dict[str, object]]:
    process = subprocess.Popen([*COMMAND, *more], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


def test_it_serves_and_ends_on_sigterm() -> None:
    process, facts = start(
        "--store-id", "77", "--orders", "20", "--client-id", "me", "--client-secret", "hush"
    )
    try:
        assert (facts["storeId"], facts["clientId"], facts["clientSecret"]) == (77, "me", "hush")
        headers = {"Authorization": f"Bearer {facts['token']}"}
        page = httpx2.get(f"{facts['apiUrl']}/77/orders", headers=headers, trust_env=False).json()
        assert page["total"] > 10
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stdout is not None
        process.stdout.close()


def test_it_ends_with_its_parent() -> None:
    arguments = [*COMMAND, "--exit-with-parent"]
    script = (
        "import subprocess,sys\n"
        f"p=subprocess.Popen({arguments!r},stdout=subprocess.PIPE,text=True)\n"
        "print(p.stdout.readline(),end='',flush=True)\n"
        "import os; os._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    pid = int(json.loads(done.stdout)["pid"])
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([process], [], [], 10)
    os.close(process)
    assert ended, "the twin outlived its parent"


def test_a_busy_port_and_a_wrong_scope_are_said_plainly() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
    wrong = subprocess.run([*COMMAND, "--scope", "fly"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "unknown scope" in wrong.stderr
