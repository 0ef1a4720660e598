from __future__ import annotations

import stat
from pathlib import Path

import pytest

from crossdock.config import SETTINGS, Config, ConfigError, default_data_dir, settings_table
from crossdock.config.secret_key import FILE_NAME

KEY = "a-key-that-is-long-enough"


def problems(environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        Config.from_environ(environ)
    return {problem.name: problem.wrong for problem in caught.value.problems}


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    config = Config.from_environ({})

    assert config.database_url is None
    assert config.public_url == "http://127.0.0.1:8017"
    assert config.connector_settings("ecwid") == {
        "client_id": "",
        "client_secret": "",
        "api_url": "https://app.ecwid.com/api/v3",
        "oauth_url": "https://my.ecwid.com/api/oauth",
    }
    assert config.connector_settings("unheard-of") == {}


def test_a_variable_set_to_nothing_counts_as_unset() -> None:
    assert Config.from_environ(
        {"CROSSDOCK_DATABASE_URL": " ", "CROSSDOCK_PUBLIC_URL": ""}
    ) == Config.from_environ({})


def test_every_wrong_variable_is_named_at_once() -> None:
    wrong = problems(
        {
            "CROSSDOCK_DATABASE_URL": "mysql://localhost/shop",
            "CROSSDOCK_DATA_DIR": "relative/folder",
            "CROSSDOCK_SECRET_KEY": "short",
            "CROSSDOCK_PUBLIC_URL": "hub.example.com",
            "CROSSDOCK_ECWID_CLIENT_ID": "id-without-secret",
            "CROSSDOCK_ECWID_API_URL": "ftp://app.ecwid.com",
            "CROSSDOCK_ECWID_OAUTH_URL": "https://",
            "CROSSDOCK_LOG_LEVEL": "chatty",
            "CROSSDOCK_LOG_FORMAT": "xml",
        }
    )

    assert set(wrong) == {
        "CROSSDOCK_DATABASE_URL",
        "CROSSDOCK_DATA_DIR",
        "CROSSDOCK_SECRET_KEY",
        "CROSSDOCK_PUBLIC_URL",
        "CROSSDOCK_ECWID_CLIENT_SECRET",
        "CROSSDOCK_ECWID_API_URL",
        "CROSSDOCK_ECWID_OAUTH_URL",
        "CROSSDOCK_LOG_LEVEL",
        "CROSSDOCK_LOG_FORMAT",
    }


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("ftp://hub.example.com", "does not begin with http:// or https://"),
        ("https://hub.example.com/crossdock", "has a path (/crossdock)"),
        ("https://me:word@hub.example.com", "holds a user name or password"),
        ("https://hub.example.com?x=1", "has a ? or # part"),
        ("https://hub.example.com:http", "is not an address"),
        ("http://[::1", "is not an address"),
        ("https://:8017", "names no host"),
        ("http://hub.example.com:0", "names port 0"),
    ],
)
def test_a_wrong_public_url_is_explained(url: str, wrong: str) -> None:
    assert problems({"CROSSDOCK_PUBLIC_URL": url})["CROSSDOCK_PUBLIC_URL"].startswith(wrong)


def test_a_public_url_loses_its_last_slash_and_knows_its_host() -> None:
    config = Config.from_environ({"CROSSDOCK_PUBLIC_URL": "https://Hub.Example.com:8443/"})

    assert config.public_url == "https://Hub.Example.com:8443"
    assert config.public_host == "hub.example.com"
    assert config.secure


@pytest.mark.parametrize(
    "url", ["postgresql://u:p%@h/d", "postgresql://u:p@host:5432", "postgresql://h:port/d"]
)
def test_a_wrong_database_url_is_refused_without_showing_its_password(url: str) -> None:
    wrong = problems({"CROSSDOCK_DATABASE_URL": url})["CROSSDOCK_DATABASE_URL"]

    assert url not in wrong


def test_keys_are_a_list_whose_first_encrypts() -> None:
    config = Config.from_environ({"CROSSDOCK_SECRET_KEY": f"new-{KEY}, old-{KEY}"})

    assert config.keys() == (f"new-{KEY}", f"old-{KEY}")


@pytest.mark.parametrize("value", [f"{KEY},", f"{KEY},{KEY}", "short", f"{KEY},short"])
def test_a_wrong_list_of_keys_is_refused_without_showing_it(value: str) -> None:
    assert KEY not in problems({"CROSSDOCK_SECRET_KEY": value})["CROSSDOCK_SECRET_KEY"]


def test_a_data_folder_that_cannot_be_looked_at_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"CROSSDOCK_DATA_DIR names a folder that cannot be looked at.*too long"
    ):
        Config.from_environ({"CROSSDOCK_DATA_DIR": str(tmp_path / ("n" * 300))})


def test_a_missing_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    environ = {"CROSSDOCK_DATA_DIR": str(tmp_path / "new")}
    first = Config.from_environ(environ).keys()
    kept = tmp_path / "new" / FILE_NAME

    assert Config.from_environ(environ).keys() == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(
    ("mode", "content", "wrong"),
    [(0o644, KEY, "can be read by others"), (0o600, "short", "is damaged"), (0o600, "", "is damaged")],
)
def test_a_kept_key_that_cannot_be_trusted_is_not_replaced(
    tmp_path: Path, mode: int, content: str, wrong: str
) -> None:
    kept = tmp_path / FILE_NAME
    kept.write_text(content)
    kept.chmod(mode)

    with pytest.raises(ConfigError, match=wrong):
        Config(data_dir=tmp_path).keys()
    assert kept.read_text() == content


def test_nothing_secret_shows() -> None:
    shown = repr(
        Config.from_environ(
            {
                "CROSSDOCK_DATABASE_URL": "postgresql://u:hidden-word@db/crossdock",
                "CROSSDOCK_SECRET_KEY": KEY,
                "CROSSDOCK_ECWID_CLIENT_ID": "the-id",
                "CROSSDOCK_ECWID_CLIENT_SECRET": "the-secret",
            }
        )
    )

    assert "hidden-word" not in shown
    assert KEY not in shown
    assert "the-secret" not in shown


def test_a_misspelt_variable_is_noticed() -> None:
    assert Config.from_environ({"CROSSDOCK_PUBLIC_ULR": "x", "HOME": "/"}).unknown == (
        "CROSSDOCK_PUBLIC_ULR",
    )


def test_root_has_a_system_folder_and_a_user_one_at_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("crossdock.config.folders.os.geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/crossdock")

    monkeypatch.setattr("crossdock.config.folders.os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_data_dir().is_relative_to(tmp_path)


def test_the_table_has_a_row_for_every_setting() -> None:
    rows = settings_table().splitlines()

    assert len(rows) == len(SETTINGS) + 2
    assert all(row.count("|") == 4 for row in rows)


def test_the_documented_table_is_the_real_one() -> None:
    page = Path(__file__).parents[3] / "docs" / "settings.md"

    assert settings_table() in page.read_text()


def test_mail_needs_a_sender_and_a_server_that_can_be_read() -> None:
    url = "smtp://user:pass%40word@mail.shop.test"
    config = Config.from_environ({"CROSSDOCK_EMAIL_URL": url, "CROSSDOCK_EMAIL_FROM": "Shop <hub@shop.test>"})

    assert config.mail is not None
    assert (config.mail.host, config.mail.port, config.mail.tls) == ("mail.shop.test", 587, "starttls")
    assert config.mail.password == "pass@word"
    assert "pass@word" not in repr(config)
    assert problems({"CROSSDOCK_EMAIL_URL": url}).keys() == {"CROSSDOCK_EMAIL_FROM"}
    wrong = problems({"CROSSDOCK_EMAIL_URL": "mail.shop.test", "CROSSDOCK_EMAIL_FROM": "nobody"})
    assert wrong.keys() == {"CROSSDOCK_EMAIL_URL", "CROSSDOCK_EMAIL_FROM"}
    assert Config.from_environ({"CROSSDOCK_EMAIL_FROM": "hub@shop.test"}).mail is None


def test_single_sign_on_is_complete_or_not_there() -> None:
    whole = {
        "CROSSDOCK_OIDC_URL": "https://id.shop.test/realms/shop/.well-known/openid-configuration",
        "CROSSDOCK_OIDC_CLIENT_ID": "crossdock",
        "CROSSDOCK_OIDC_CLIENT_SECRET": "not-for-anybody",
        "CROSSDOCK_OIDC_NAME": "Shop login",
    }
    config = Config.from_environ(whole)

    assert config.sign_on is not None
    assert config.sign_on.issuer == "https://id.shop.test/realms/shop"
    assert config.sign_on.name == "Shop login"
    assert "not-for-anybody" not in repr(config)
    for missing in ("CROSSDOCK_OIDC_URL", "CROSSDOCK_OIDC_CLIENT_ID", "CROSSDOCK_OIDC_CLIENT_SECRET"):
        assert problems({**whole, missing: ""}).keys() == {missing}
    assert Config.from_environ({}).sign_on is None
