"""Webhooks by command: added, listed, tried and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crossdock.cli.codes import Exit
from crossdock.hub.models import Webhook

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run as RunCommand
    from tests.unit.cli.conftest import RunJson
    from tests.unit.conftest import World


def test_a_webhook_by_command(run: RunCommand, run_json: RunJson, world: World) -> None:
    added = run("webhooks", "add", "Program", "https://shop.example/hooks", "--topic", "orders")
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("cdw_")
    [listed] = run_json("webhooks", "list")["webhooks"]
    assert (listed["name"], listed["topics"], listed["state"]) == ("Program", ["orders"], "active")
    assert "secret" not in listed
    wrong = run("webhooks", "add", "Other", "http://10.0.0.1/x", "--topic", "all")
    assert wrong.exit_code == Exit.USAGE
    assert "CROSSDOCK_WEBHOOK_PRIVATE_HOSTS" in wrong.stderr
    Webhook.objects.update(url="http://127.0.0.1:1/x")
    tried = run("webhooks", "test", "Program")
    assert tried.exit_code == Exit.REMOTE
    assert "did not accept it" in tried.stderr
    assert run("webhooks", "test", "Nobody").exit_code == Exit.NOT_FOUND
    assert "is removed" in run("webhooks", "remove", listed["webhookId"]).stdout
    assert run_json("webhooks", "list") == {"webhooks": []}
