"""``integrations add CONNECTOR``: one command per connector, its options made from its manifest."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from crossdock.cli.accounts import add_account
from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.values import secret_file, secret_line, secret_text

if TYPE_CHECKING:
    from crossdock.connectors.contract import CredentialField, Manifest


class ConnectorCommands(TyperGroup):
    """The connectors as commands, made when one is asked for, so that help elsewhere stays quick."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer keeps its class private
        """Name the connectors there are."""
        return [manifest.key for manifest in _manifests()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the same
        """Return the command that adds an account of the connector `cmd_name`; None where there is none."""
        manifest = next((row for row in _manifests() if row.key == cmd_name), None)
        return None if manifest is None else command_for(manifest)


def _manifests() -> tuple[Manifest, ...]:
    from crossdock.connectors import offered

    return tuple(connector.manifest for connector in offered())


def command_for(manifest: Manifest) -> Any:  # Typer's command class is private to it
    """Return a command with an option for each credential in `manifest`; secret ones have three."""

    def run(**given: Any) -> None:  # one keyword per option below
        _run(manifest, given)

    parameters = [
        _parameter("name", str, "", typer.Option(help="What to call it; the account's name if not given."))
    ]
    for field in manifest.credentials:
        help_text = f"{field.label}. {field.hint}".strip()
        parameters.append(
            _parameter(field.name, str | None, None, typer.Option(f"--{_dashed(field.name)}", help=help_text))
        )
        if field.secret:
            text = f"Read the {field.label.lower()} from standard input; it stays out of the shell's history."
            option = typer.Option(f"--{_dashed(field.name)}-stdin", help=text)
            parameters.append(_parameter(f"{field.name}_stdin", bool, False, option))
            option = typer.Option(
                f"--{_dashed(field.name)}-file", help=f"Read the {field.label.lower()} from a file."
            )
            parameters.append(_parameter(f"{field.name}_file", Path | None, None, option))
    parameters.append(
        _parameter("as_json", bool, False, typer.Option("--json", help="Print data instead of a table."))
    )
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect looks for
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    help_text = f"Connect {manifest.name}. {manifest.summary}"
    if manifest.oauth:
        help_text += " Without credentials: prints the page to open for consent."
    part = typer.Typer(add_completion=False)
    part.command(manifest.key, help=help_text)(run)
    return typer.main.get_command(part)


def _parameter(name: str, kind: Any, default: object, option: Any) -> inspect.Parameter:  # made at run time
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option]
    )


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _run(manifest: Manifest, given: dict[str, Any]) -> None:
    credentials = _credentials(manifest, given)
    with hub() as opened:
        add_account(opened, manifest.key, given["name"], credentials, as_json=given["as_json"])


def _credentials(manifest: Manifest, given: dict[str, Any]) -> dict[str, str] | None:
    """Return the credentials, None for the consent page. Raises a usage error for some of those needed."""
    found = {}
    for field in manifest.credentials:
        value = _one(field, given)
        if value:
            found[field.name] = value
    secrets = [field for field in manifest.credentials if field.secret]
    if manifest.oauth and not any(field.name in found for field in secrets):
        return None
    needed = [field for field in manifest.credentials if not field.optional]
    missing = [f"--{_dashed(field.name)}" for field in needed if field.name not in found]
    if missing:
        raise CommandError(f"Give {' and '.join(missing)} as well.", Exit.USAGE)
    return found


def _one(field: CredentialField, given: dict[str, Any]) -> str:
    typed = (given.get(field.name) or "").strip()
    from_stdin, path = given.get(f"{field.name}_stdin"), given.get(f"{field.name}_file")
    if sum(map(bool, (typed, from_stdin, path))) > 1:
        option = f"--{_dashed(field.name)}"
        raise CommandError(f"Give {option}, {option}-stdin or {option}-file, not several.", Exit.USAGE)
    if path:
        return secret_file(field.label, path)
    if from_stdin:
        return secret_text(field.label) if field.several_lines else secret_line(field.label)
    return typed
