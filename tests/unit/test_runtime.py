from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from crossdock import runtime
from crossdock.assets import StampedStaticFiles
from crossdock.config import Config
from crossdock.security import content_security_policy


def test_a_second_start_shares_the_first() -> None:
    first = runtime.current()

    with runtime.start({"CROSSDOCK_PUBLIC_URL": "not looked at"}) as second:
        assert second is first

    assert runtime.current() is first


def run(code: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )


def test_a_process_starts_from_its_environment_alone(
    closed_environ: dict[str, str], database_url: str
) -> None:
    code = """
from crossdock import runtime
with runtime.start() as running:
    from django.db import connection
    connection.ensure_connection()
    assert running.database.version >= 15
    assert runtime.current() is running
try:
    runtime.current()
except runtime.NotStartedError as error:
    print(error)
"""
    environ = closed_environ | {
        "CROSSDOCK_DATABASE_URL": database_url,
        "CROSSDOCK_DATA_DIR": str(Path(closed_environ["HOME"]) / "data"),
        "CROSSDOCK_PUBLIC_ULR": "misspelt",
    }

    ended = run(code, environ)

    assert (ended.returncode, ended.stdout.strip()) == (
        0,
        "Crossdock has not been started in this process: call crossdock.runtime.start() first.",
    )
    assert "CROSSDOCK_PUBLIC_ULR" in ended.stderr


def test_settings_alone_want_a_database(closed_environ: dict[str, str]) -> None:
    ended = run("import crossdock.settings", closed_environ)

    assert "NotStartedError: crossdock.settings needs a database" in ended.stderr


def test_the_public_address_decides_hosts_and_cookies(closed_environ: dict[str, str]) -> None:
    code = """
from crossdock import settings as s
print(s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)
print(s.CSRF_TRUSTED_ORIGINS, s.SECRET_KEY_FALLBACKS)
"""
    environ = closed_environ | {
        "CROSSDOCK_DATABASE_URL": "postgresql://u:p%40ss@db.example.com:6432/shop?sslmode=require",
        "CROSSDOCK_PUBLIC_URL": "https://hub.example.com",
        "CROSSDOCK_SECRET_KEY": "the-newest-key-of-all,the-key-before-that",
    }

    shown = run(code, environ).stdout

    assert "'hub.example.com'" in shown
    assert "True True\n['https://hub.example.com'] ['the-key-before-that']" in shown


def test_the_database_address_is_taken_apart_for_django(closed_environ: dict[str, str]) -> None:
    names = ["NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS"]
    code = f"from crossdock import settings as s; print([s.DATABASES['default'][name] for name in {names}])"
    environ = closed_environ | {
        "CROSSDOCK_DATABASE_URL": "postgresql://u:p%40ss@db.example.com:6432/shop?sslmode=require",
        "CROSSDOCK_SECRET_KEY": "the-newest-key-of-all",
    }

    shown = run(code, environ).stdout

    assert shown.startswith(
        "['shop', 'u', 'p@ss', 'db.example.com', '6432', {'application_name': 'crossdock'"
    )
    assert "'sslmode': 'require'" in shown


def test_the_policy_allows_no_inline_script_and_the_way_to_the_consent_page() -> None:
    policy = content_security_policy(
        Config.from_environ({"CROSSDOCK_ECWID_OAUTH_URL": "http://127.0.0.1:9000/api/oauth"})
    )

    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "form-action 'self' http://127.0.0.1:9000;" in policy


@pytest.mark.django_db
def test_every_answer_carries_the_security_headers(client: Client) -> None:
    answer = client.get("/health/web")

    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == content_security_policy(settings.CROSSDOCK)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_static_file_has_a_stamp_of_its_content() -> None:
    storage = StampedStaticFiles()

    assert re.fullmatch(
        r"/static/django_htmx/django-htmx\.js\?v=[0-9a-f]{12}", storage.url("django_htmx/django-htmx.js")
    )
    assert storage.url("no/such.file") == "/static/no/such.file"


@pytest.mark.django_db
def test_a_static_file_is_served_from_the_package(client: Client) -> None:
    answer = client.get("/static/django_htmx/django-htmx.js")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Content-Security-Policy" in answer
    answer.close()
