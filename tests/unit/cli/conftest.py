"""Running the command line in this process, on the test's own database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from crossdock.cli import app
from crossdock.cli.context import chosen_organization

Run = Callable[..., Result]
RunJson = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    """Run a command; gives its result with `exit_code`, `stdout` and `stderr`. A traceback fails the test."""

    def invoke(*arguments: str, typed: str | None = None) -> Result:
        chosen_organization.set("")
        result = CliRunner().invoke(app, list(arguments), input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def run_json(run: Run) -> RunJson:
    """Run a command with ``--json``, expect an exit code (0), and give what it printed."""

    def invoke(*arguments: str, code: int = 0, typed: str | None = None) -> Any:
        result = run(*arguments, "--json", typed=typed)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    return invoke
