"""A real OpenSSH server on a free port of this machine, with its own keys, for as long as a test needs it."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

MISSING = (
    "OpenSSH's server is missing, which these tests talk to. Install it: apt-get install -y openssh-server "
    "(as root; no server has to run)."
)
PATIENCE = 20.0


@dataclass
class Server:
    """A running server: how to reach it and who may log in."""

    port: int
    folder: Path

    @property
    def log(self) -> list[str]:
        """What the server has noted so far."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()

    @property
    def user(self) -> str:
        """The account that runs the tests; it may log in with the key `private_key`."""
        return getpass.getuser()

    @property
    def private_key(self) -> str:
        """The key that opens the account."""
        return (self.folder / "user_ed25519").read_text()

    def fingerprint(self, kind: str = "ed25519") -> str:
        """The fingerprint of one of the server's host keys, as OpenSSH's own tool says it."""
        shown = _ran("ssh-keygen", "-l", "-E", "sha256", "-f", str(self.folder / f"host_{kind}.pub"))
        return shown.split()[1]


@contextmanager
def running(
    folder: Path, *, subsystem: str = "internal-sftp", kinds: tuple[str, ...] = ("ed25519",)
) -> Iterator[Server]:
    """Run a server whose keys and settings are in `folder`; it ends with the block."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert program is not None, MISSING
    if os.geteuid() == 0:
        # Where sshd drops its rights; a machine that has never run it lacks the folder.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for kind in kinds:
        if not (folder / f"host_{kind}").exists():
            _ran("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(folder / f"host_{kind}"))
    if not (folder / "user_ed25519").exists():
        _ran("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "user_ed25519"))
    (folder / "authorized_keys").write_text((folder / "user_ed25519.pub").read_text())
    port = _free_port()
    settings = folder / "sshd_config"
    settings.write_text(
        "\n".join(
            [
                f"Port {port}",
                "ListenAddress 127.0.0.1",
                *(f"HostKey {folder / f'host_{kind}'}" for kind in kinds),
                "PidFile none",
                f"AuthorizedKeysFile {folder / 'authorized_keys'}",
                "StrictModes no",
                "PermitRootLogin yes",
                "PasswordAuthentication yes",
                "KbdInteractiveAuthentication no",
                "UsePAM no",
                f"Subsystem sftp {subsystem}",
                "",
            ]
        )
    )
    log = folder / "log"
    log.write_text("")
    process = subprocess.Popen([program, "-D", "-E", str(log), "-f", str(settings)])
    try:
        _wait_for(port, process, log)
        yield Server(port, folder)
    finally:
        # Each connection is a process of its own, and none may outlive the test.
        connections = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(PATIENCE)
        for one in connections:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(connections, PATIENCE)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers with its banner."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as talk:
                if talk.recv(4) == b"SSH-":
                    return
        except OSError:
            assert process.poll() is None, f"sshd ended: {log.read_text()}"
            assert time.monotonic() < until, f"sshd does not answer: {log.read_text()}"
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.02)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ran(*command: str) -> str:
    assert shutil.which(command[0]) is not None, MISSING
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
