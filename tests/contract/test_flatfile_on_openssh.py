"""The flat-file connector against a real OpenSSH server."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import cast

import paramiko
import pytest
from msgspec.structs import replace

from crossdock.canon import Shipment, ShipmentLine
from crossdock.connectors.contract import Account, Applied, RemoteCall, Services
from crossdock.connectors.errors import ConnectorError, InDoubt, Reconnect, Refused, Retry
from crossdock.connectors.flatfile import FLATFILE
from crossdock.connectors.flatfile.auth import checked
from crossdock.connectors.flatfile.client.place import Taken
from crossdock.connectors.flatfile.client.sftp import SftpPlace
from crossdock.connectors.flatfile.session import FlatFileSession

# Helpers stand beside the tests, and tests are no package.
sys.path.append(str(Path(__file__).parent))
from openssh import Server, running

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REQUEST = Shipment(
    ext_shipment_id="S-1",
    shipment_id="1",
    ext_order_id="1042",
    order_created_at=NOW,
    line_items=(ShipmentLine(unique_id="1", sku="TEA", name="Tea", quantity=2),),
)
PARCELS = "extShipmentId,sku,quantity,trackingNumber\nS-1,TEA,2,T1\nS-1,CUP,x,T2\n"


class OpenGate:
    """Lets everything pass."""

    def enter(self, calls: int = 1) -> None:
        """Let it pass."""

    def block(self, seconds: float) -> None:
        """Nobody waits."""

    def record(self, call: RemoteCall) -> None:
        """Nobody asks."""


SERVICES = Services(
    gate=OpenGate(), clock=lambda: NOW, random=Random(1), sleep=lambda seconds: None, config={}
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's keys and settings are."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def server(keys: Path) -> Iterator[Server]:
    """A server as Debian installs it."""
    with running(keys, kinds=("ed25519", "ecdsa", "rsa")) as made:
        yield made


@pytest.fixture(scope="module")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that does not allow the atomic rename."""
    with running(tmp_path_factory.mktemp("plain"), subsystem="internal-sftp -P posix-rename") as made:
        yield made


def credentials(server: Server, root: Path, **changes: str) -> dict[str, str]:
    given = {
        "host": "127.0.0.1",
        "port": str(server.port),
        "user": server.user,
        "path": str(root),
        "private_key": server.private_key,
        "host_key": server.fingerprint(),
    }
    return {name: value for name, value in (given | changes).items() if value}


def opened(given: dict[str, str], account: Account | None = None, **options: object) -> FlatFileSession:
    return cast("FlatFileSession", FLATFILE.open(given, {"arrival": "whole"} | options, account, SERVICES))


def error_of(given: dict[str, str]) -> ConnectorError:
    session = opened(given)
    try:
        with pytest.raises(ConnectorError) as caught:
            session.probe()
    finally:
        session.close()
    return caught.value


@pytest.mark.parametrize("kind", ["server", "plain_server"])
def test_files_go_out_and_come_in(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    given = credentials(request.getfixturevalue(kind), tmp_path / "deep/acme")
    session = opened(given)
    account = session.probe()
    assert account.account_id == (tmp_path / "deep/acme/.crossdock/folder-id").read_text().strip()
    session.close()
    session = opened(given, account)
    assert session.probe().account_id == account.account_id
    outbox, inbox = session.shipment_outbox, session.report_inbox
    assert outbox is not None
    assert inbox is not None

    outbox.prepare([REQUEST], "k1")
    assert list((tmp_path / "deep/acme/shipments").iterdir()) == []
    assert outbox.send("k1") == Applied(remote_id="shipments/shipments-k1.csv")
    assert outbox.sent("k1")
    assert b"S-1" in (tmp_path / "deep/acme/shipments/shipments-k1.csv").read_bytes()
    outbox.prepare([REQUEST], "k2")
    assert not outbox.sent("k2")
    assert isinstance(outbox.send("k2"), InDoubt)
    outbox.prepare([REQUEST], "k3")
    (tmp_path / "deep/acme/shipments/shipments-k3.csv").write_text("theirs")
    assert isinstance(outbox.send("k3"), Refused)
    assert (tmp_path / "deep/acme/shipments/shipments-k3.csv").read_text() == "theirs"

    (tmp_path / "deep/acme/fulfillments/a.csv").write_text(PARCELS)
    (tmp_path / "deep/acme/fulfillments/b.csv.filepart").write_text(PARCELS)
    assert inbox.waiting(()) == ["a.csv"]
    record = inbox.read("a.csv")
    rows = inbox.translate(record, account)
    inbox.settle(record, rows.rejects, "")
    inbox.settle(record, rows.rejects, "")
    assert len(list((tmp_path / "deep/acme/fulfillments/done").iterdir())) == 2
    assert inbox.waiting(()) == []
    session.close()


def test_a_file_must_stay_the_same_between_two_looks(server: Server, tmp_path: Path) -> None:
    session = opened(credentials(server, tmp_path), arrival="still")
    session.probe()
    (tmp_path / "inventory/a.csv").write_text("sku,quantity\nA,1\n")
    inbox = session.count_inbox
    assert inbox is not None

    assert inbox.waiting(()) == []
    assert inbox.waiting(()) == []
    assert (tmp_path / ".crossdock/seen-inventory.json").exists()
    session.close()


def test_a_local_way_and_a_way_by_sftp_are_one_account(server: Server, tmp_path: Path) -> None:
    session = opened(credentials(server, tmp_path / "acme"))
    by_sftp = session.probe()
    session.close()
    local = FLATFILE.open({"path": "acme"}, {}, None, replace(SERVICES, config={"files_dir": str(tmp_path)}))

    assert local.probe().account_id == by_sftp.account_id


def test_an_unconfirmed_host_key_is_shown_and_nothing_is_sent(server: Server, tmp_path: Path) -> None:
    seen = len([line for line in server.log if "Accepted" in line])

    error = error_of(credentials(server, tmp_path, host_key=""))

    assert isinstance(error, Refused)
    assert (error.code, error.field) == ("hostKeyUnconfirmed", "host_key")
    shown = error.reason.split("its host key is ")[1].split(". If")[0]
    assert shown.split()[1] in {server.fingerprint(kind) for kind in ("ed25519", "ecdsa", "rsa")}
    assert len([line for line in server.log if "Accepted" in line]) == seen
    session = opened(credentials(server, tmp_path, host_key=shown))
    session.probe()
    session.close()


@pytest.mark.parametrize(("kind", "name"), [("ecdsa", "ecdsa-sha2-nistp256"), ("rsa", "ssh-rsa")])
def test_a_host_key_of_another_kind_can_be_pinned(
    server: Server, tmp_path: Path, kind: str, name: str
) -> None:
    session = opened(credentials(server, tmp_path, host_key=f"{name} {server.fingerprint(kind)}"))

    assert session.probe().account_id
    session.close()


def test_another_host_key_parks_the_integration(server: Server, tmp_path: Path) -> None:
    error = error_of(credentials(server, tmp_path, host_key=f"SHA256:{'A' * 43}"))

    assert isinstance(error, Reconnect)
    assert error.code == "hostKeyChanged"
    assert not [line for line in server.log if "AAAA" in line]


def test_a_wrong_key_or_password_parks_the_integration(server: Server, tmp_path: Path) -> None:
    other = io.StringIO()
    paramiko.RSAKey.generate(2048).write_private_key(other)
    for changes in ({"private_key": other.getvalue()}, {"private_key": "", "password": "wr0ng-s3cret"}):
        error = error_of(credentials(server, tmp_path, **changes))
        assert isinstance(error, Reconnect)
        assert "s3cret" not in error.reason


def test_a_protected_key_needs_its_passphrase(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(server.private_key)
    path.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", str(path)], check=True)
    locked = path.read_text()

    assert error_of(credentials(server, tmp_path, private_key=locked)).field == "passphrase"
    wrong = error_of(credentials(server, tmp_path, private_key=locked, passphrase="nonsense"))
    assert (wrong.code, wrong.field) == ("badCredentials", "private_key")
    session = opened(credentials(server, tmp_path / "acme", private_key=locked, passphrase="open sesame"))
    session.probe()
    session.close()


def test_a_key_that_is_damaged_is_told_without_repeating_it(server: Server, tmp_path: Path) -> None:
    damaged = server.private_key.replace("\n", "\nQ", 2)

    error = error_of(credentials(server, tmp_path, private_key=damaged))

    assert (error.code, error.field) == ("badCredentials", "private_key")
    assert damaged[60:90] not in error.reason


def test_a_server_that_is_not_there_is_tried_again(server: Server, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        error = error_of(credentials(server, tmp_path, port=str(port)))
    assert isinstance(error, Retry)
    assert error.code == "unreachable"


def test_something_else_on_the_port_is_tried_again(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def answer() -> None:
            talk, _ = listener.accept()
            with talk:
                talk.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        error = error_of(credentials(server, tmp_path, port=str(listener.getsockname()[1])))
        thread.join(20)
    assert isinstance(error, Retry)


def test_a_connection_that_broke_is_made_anew(keys: Path, tmp_path: Path) -> None:
    with running(keys) as server:
        given = credentials(server, tmp_path)
        session = opened(given)
        account = session.probe()
        session.close()
        session = opened(given, account)
        outbox = session.shipment_outbox
        assert outbox is not None
        outbox.prepare([REQUEST], "k1")
        place = session._place._inner  # type: ignore[attr-defined]
        place._transport.close()

        assert isinstance(outbox.send("k1"), Applied)
    with pytest.raises(Retry):
        outbox.sent("k1")
    session.close()


@pytest.mark.parametrize("kind", ["server", "plain_server"])
def test_moving_never_overwrites(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    place = SftpPlace(checked(credentials(request.getfixturevalue(kind), tmp_path)))
    try:
        place.make_folder("in")
        place.write("in/a", b"1")
        place.write("in/b", b"2")
        place.write("in/b", b"3")
        with pytest.raises(Taken):
            place.move("in/a", "in/b")
        assert not place.move("in/none", "in/c")
        assert place.move("in/a", "in/c")
        assert not place.create("in/b", b"4")
        assert sorted(path.name for path in (tmp_path / "in").iterdir()) == ["b", "c"]
        assert (tmp_path / "in/b").read_bytes() == b"3"
        assert place.entry("in/none") is None
        place.remove("in/none")
    finally:
        place.close()


def test_large_files_pass_whole(server: Server, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    place = SftpPlace(checked(credentials(server, tmp_path)))
    try:
        place.make_folder("")
        place.write("big", content)
        found = place.read("big")
    finally:
        place.close()
    assert found is not None
    assert found[0] == content


def test_links_out_of_the_root_are_not_followed(server: Server, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.csv").write_text(PARCELS)
    session = opened(credentials(server, tmp_path / "acme"))
    session.probe()
    session.close()
    shutil.rmtree(tmp_path / "acme/fulfillments")
    (tmp_path / "acme/fulfillments").symlink_to(outside)
    (tmp_path / "acme/inventory/a.csv").symlink_to(outside / "a.csv")
    session = opened(credentials(server, tmp_path / "acme"))
    reports, counts = session.report_inbox, session.count_inbox
    assert reports is not None
    assert counts is not None

    for call in (lambda: reports.waiting(()), lambda: reports.read("a.csv")):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.code == "folderNotAllowed"
    assert counts.waiting(()) == []
    session.close()


def test_what_the_server_denies_or_lacks_is_told(server: Server, tmp_path: Path) -> None:
    place = SftpPlace(checked(credentials(server, tmp_path / "none")))
    try:
        with pytest.raises(Refused) as caught:
            place.entries("in")
        assert caught.value.code == "folderMissing"
    finally:
        place.close()


def test_a_server_that_only_reads_is_told(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("readonly"), subsystem="internal-sftp -R") as server:
        (tmp_path / "acme").mkdir()
        error = error_of(credentials(server, tmp_path / "acme"))
    assert isinstance(error, Refused)
    assert error.code == "folderDenied"
