"""The folder itself: connecting, its id, its limits; the settings and credentials that name it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filedesk import Desk
from msgspec.structs import replace

from crossdock.connectors import connector_for, offered
from crossdock.connectors.contract import Warehouse
from crossdock.connectors.errors import Refused
from crossdock.connectors.flatfile import FLATFILE
from crossdock.connectors.flatfile.auth import Credentials, checked
from crossdock.connectors.flatfile.client.local import LocalPlace, root_of
from crossdock.connectors.flatfile.client.place import Taken
from crossdock.connectors.flatfile.client.renaming import rename_new
from crossdock.connectors.flatfile.options import read_options
from crossdock.connectors.flatfile.translate.columns import check_columns


def refused(call: Callable[..., object], *arguments: object) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value


def test_it_is_offered_as_a_warehouse(desk: Desk) -> None:
    assert FLATFILE in offered()
    assert connector_for("flatfile").manifest.role == "warehouse"
    assert isinstance(desk.open(), Warehouse)


def test_connecting_makes_the_folders_and_leaves_nothing_else(desk: Desk) -> None:
    account = desk.unconnected().probe()

    folders = sorted(str(path.relative_to(desk.root)) for path in desk.root.rglob("*") if path.is_dir())
    assert folders == [
        ".crossdock",
        "fulfillments", "fulfillments/done", "fulfillments/rejected",
        "inventory", "inventory/done", "inventory/rejected",
        "orders",
        "products", "products/done", "products/rejected",
        "shipments",
    ]  # fmt: skip
    files = [str(path.relative_to(desk.root)) for path in desk.root.rglob("*") if path.is_file()]
    assert files == [".crossdock/folder-id"]
    assert (account.name, account.url) == ("acme", desk.root.as_uri())
    assert account.account_id == (desk.root / ".crossdock/folder-id").read_text().strip()


def test_what_is_being_made_ready_is_closed_to_others(desk: Desk) -> None:
    desk.unconnected().probe()
    assert (desk.root / ".crossdock").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o500 for path in desk.root.iterdir())


def test_two_ways_to_one_folder_are_one_account(desk: Desk) -> None:
    first = desk.unconnected().probe()
    (desk.files / "alias").symlink_to("acme")

    assert desk.unconnected({"path": "alias"}).probe().account_id == first.account_id
    assert desk.unconnected({"path": str(desk.root)}).probe().account_id == first.account_id
    assert desk.unconnected({"path": "other"}).probe().account_id != first.account_id


def test_another_disk_in_its_place_is_noticed_before_anything_is_made(desk: Desk) -> None:
    desk.open()
    desk.root.rename(desk.files / "elsewhere")
    desk.root.mkdir()

    error = refused(desk.open().probe)

    assert error.code == "otherFolder"
    assert list(desk.root.iterdir()) == []


def test_a_damaged_id_is_told(desk: Desk) -> None:
    desk.open()
    desk.drop(".crossdock/folder-id", "x")

    assert refused(desk.open().probe).code == "otherFolder"


def test_every_use_is_noted_without_where_it_is(desk: Desk) -> None:
    desk.open()

    assert {call.method for call in desk.gate.calls} >= {"MKDIR", "WRITE", "MOVE", "REMOVE", "READ"}
    assert not [call.path for call in desk.gate.calls if str(desk.files) in call.path]


@pytest.mark.parametrize("path", ["/etc", "../outside", "acme/../../x", ".", "", "/", "out"])
def test_a_folder_outside_of_those_allowed_is_refused(tmp_path: Path, path: str) -> None:
    inside = tmp_path / "files"
    inside.mkdir()
    (inside / "out").symlink_to(tmp_path)

    assert refused(root_of, path, [inside]).code == "folderNotAllowed"


def test_several_folders_can_be_allowed(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"

    assert root_of("acme", [one, two]) == one / "acme"
    assert root_of(str(two / "acme"), [one, two]) == two / "acme"


def test_links_inside_are_not_followed(desk: Desk) -> None:
    session = desk.open()
    (desk.files / "secret").mkdir()
    (desk.files / "secret/a.csv").write_text("x")
    for path in sorted((desk.root / "fulfillments").iterdir()):
        path.rmdir()
    (desk.root / "fulfillments").rmdir()
    (desk.root / "fulfillments").symlink_to(desk.files / "secret")

    assert refused(session.report_inbox.waiting, ()).code == "folderMissing"
    assert refused(session.report_inbox.read, "a.csv").code == "folderMissing"


def test_nothing_is_allowed_where_the_operator_allows_nothing(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        FLATFILE.open({"path": "acme"}, {}, None, replace(desk.services, config={}))
    assert caught.value.code == "folderNotAllowed"


def test_moving_never_overwrites_whether_or_not_the_system_can_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        for libc in (None, object()):
            if libc is not None:
                monkeypatch.setattr("crossdock.connectors.flatfile.client.renaming._libc", libc)
            with pytest.raises(FileExistsError):
                rename_new("a", "b", source_fd=folder, target_fd=folder)
            rename_new("a", "c", source_fd=folder, target_fd=folder)
            rename_new("c", "a", source_fd=folder, target_fd=folder)
    finally:
        os.close(folder)
    assert ((tmp_path / "a").read_text(), (tmp_path / "b").read_text()) == ("a", "b")


def test_a_place_says_what_it_cannot_do(tmp_path: Path) -> None:
    place = LocalPlace("acme", [tmp_path])
    place.make_folder("in")
    place.write("in/a", b"1")
    place.write("in/b", b"2")

    with pytest.raises(Taken):
        place.move("in/a", "in/b")
    assert not place.move("in/none", "in/c")
    assert place.entry("in/none") is None
    assert not place.create("in/a", b"3")
    assert refused(place.entries, "none").code == "folderMissing"
    assert refused(place.read, "in/..").code == "badFileName"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"delimiter": ","}, "delimiter"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"quietSeconds": 0}, "quietSeconds"),
        ({"quietSeconds": True}, "quietSeconds"),
        ({"neutralizeFormulas": "yes"}, "neutralizeFormulas"),
        ({"currency": "euro"}, "currency"),
        ({"shipmentsFolder": "../x"}, "shipmentsFolder"),
        ({"shipmentsFolder": "a//b"}, "shipmentsFolder"),
        ({"shipmentsFolder": ".crossdock/out"}, "shipmentsFolder"),
        ({"workFolder": "shipments"}, "shipmentsFolder"),
        ({"shipmentsFolder": "inventory"}, "shipmentsFolder"),
        ({"inventoryFolder": "fulfillments/done"}, "inventoryFolder"),
        ({"inventoryPattern": ","}, "inventoryPattern"),
        ({"inventoryPattern": "../*.csv"}, "inventoryPattern"),
        ({"inventoryColumns": "sku"}, "inventoryColumns"),
        ({"inventoryColumns": "{"}, "inventoryColumns"),
        ({"inventoryColumns": "a=sku,A=quantity"}, "inventoryColumns"),
        ({"inventoryColumns": "a=nonsense"}, "inventoryColumns"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(settings: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as caught:
        check_columns(read_options(settings))
    assert (caught.value.code, caught.value.field) == ("badOption", field)


def test_every_option_of_the_manifest_is_understood_with_its_default() -> None:
    defaults = {option.name: option.default for option in FLATFILE.manifest.options}

    assert read_options(defaults) == read_options({})


KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "path"),
        ({"path": "a", "user": "u"}, "host"),
        ({"path": "a", "host": "h h", "user": "u", "password": "p"}, "host"),
        ({"path": "a/../b", "host": "h", "user": "u", "password": "p"}, "path"),
        ({"path": "a", "host": "h", "password": "p"}, "user"),
        ({"path": "a", "host": "h", "user": "u"}, "password"),
        ({"path": "a", "host": "h", "user": "u", "password": "p", "private_key": KEY}, "password"),
        ({"path": "a", "host": "h", "user": "u", "private_key": "ssh-ed25519 AAAA"}, "private_key"),
        ({"path": "a", "host": "h", "user": "u", "password": "p", "port": "0"}, "port"),
        ({"path": "a", "host": "h", "user": "u", "password": "p", "host_key": "MD5:ab"}, "host_key"),
    ],
)
def test_credentials_are_checked_for_their_form(given: dict[str, str], field: str) -> None:
    error = refused(checked, given)

    assert (error.code, error.field) == ("badCredentials", field)


def test_credentials_are_never_shown() -> None:
    found = checked(
        {"path": "/in", "host": "h", "user": "u", "password": " s3cret ", "host_key": f"SHA256:{'a' * 43}="}
    )

    assert found == Credentials("/in", "h", 22, "u", password=" s3cret ", host_key=f"SHA256:{'a' * 43}")
    assert "s3cret" not in repr(found)
