"""``users``: who may log in."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from crossdock.cli.codes import CommandError, Exit
from crossdock.cli.context import hub
from crossdock.cli.lists import JsonOption
from crossdock.cli.output import show_json, show_table
from crossdock.cli.values import secret_line

if TYPE_CHECKING:
    from crossdock.cli.context import Hub
    from crossdock.hub.documents import Document
    from crossdock.hub.models import Membership

app = typer.Typer(help="Who may log in, and as what.", no_args_is_help=True)


class Role(StrEnum):
    """The three standard roles."""

    ADMINISTRATOR = "administrator"
    USER = "user"
    DEVELOPER = "developer"


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="The address the person logs in with.")],
    name: Annotated[str, typer.Option(help="Given name and family name.")] = "",
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.USER,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a login, or add an existing login to this organization. Asks for the password."""
    with hub() as opened:
        from django.contrib.auth.models import User
        from django.db import transaction

        from crossdock.hub.members import add_member
        from crossdock.hub.models import Membership

        address = _checked_email(email)
        existing = User.objects.filter(username=address).first()
        if existing and Membership.objects.filter(organization=opened.organization, user=existing).exists():
            raise CommandError(f"EMAIL: {address} is a user of this organization already.", Exit.USAGE)
        password = "" if existing else _password(address, name, from_stdin=password_stdin)
        with transaction.atomic():
            first, _, last = name.strip().partition(" ")
            user = existing or User.objects.create_user(
                address, address, password, first_name=first[:150], last_name=last.strip()[:150]
            )
            membership = add_member(opened.organization, user, role.value, author=opened.author)
        if as_json:
            show_json(_document(membership))
        else:
            print(f"{address} may log in as {role.value}.")


@app.command("list")
def list_users(as_json: JsonOption = False) -> None:
    """List who may log in to this organization."""
    with hub() as opened:
        from crossdock.hub.models import Membership

        query = Membership.objects.filter(organization=opened.organization).select_related(
            "user", "organization"
        )
        members = list(query.order_by("pk"))
        if as_json:
            show_json({"users": [_document(member) for member in members]})
            return
        rows = [(row.user.email, row.user.get_full_name(), row.role, row.user.last_login) for row in members]
        show_table(
            ["email", "name", "role", "last login"],
            rows,
            empty="Nobody yet. Make one: crossdock users create EMAIL --role administrator",
        )


@app.command()
def password(
    email: Annotated[str, typer.Argument(help="The address the person logs in with.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Set a new password, for whoever forgot theirs. Ends the person's sessions."""
    with hub() as opened:
        from crossdock.hub.accounts import set_password

        member = _member(opened, email)
        address = member.user.get_username()
        set_password(
            member.user,
            _password(address, member.user.get_full_name(), from_stdin=password_stdin),
            author=opened.author,
        )
        print(f"{address} has a new password.")


@app.command("reset-two-factor")
def reset_two_factor(
    email: Annotated[str, typer.Argument(help="The address the person logs in with.")],
) -> None:
    """Take a person's second factor away, because the phone and the recovery codes are lost."""
    with hub() as opened:
        from crossdock.hub.accounts import drop_second_factors

        member = _member(opened, email)
        if drop_second_factors(member.user, author=opened.author):
            print(f"{member.user.get_username()} logs in with the password alone until a new one is set up.")
        else:
            print(f"{member.user.get_username()} has no second factor.")


def _member(opened: Hub, email: str) -> Membership:
    from crossdock.hub.models import Membership

    found = (
        Membership.objects.select_related("user")
        .filter(organization=opened.organization, user__username=email.strip().lower())
        .first()
    )
    if found is None:
        raise CommandError(f"EMAIL: {email.strip()!r} is no user of this organization.", Exit.NOT_FOUND)
    return found


def _document(membership: Membership) -> Document:
    from crossdock.hub.documents import moment

    user = membership.user
    return {
        "userId": membership.key,
        "email": user.email,
        "name": user.get_full_name(),
        "roles": [membership.role],
        "status": "active" if user.is_active and membership.active else "disabled",
        "createdAt": moment(membership.created_at),
        "orgKey": membership.organization.org_key,
    }


def _checked_email(text: str) -> str:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise CommandError(f"EMAIL: {text!r} is not an e-mail address.", Exit.USAGE) from error
    if len(address) > 150:
        raise CommandError("EMAIL: an address may have 150 characters at most.", Exit.USAGE)
    return address


def _password(address: str, name: str, *, from_stdin: bool) -> str:
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if from_stdin:
        password = secret_line("Password")
    elif not sys.stdin.isatty():
        raise CommandError(
            "There is no terminal to ask for the password on. Give it on standard input: --password-stdin.",
            Exit.USAGE,
        )
    else:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    try:
        validate_password(password, User(username=address, email=address, first_name=name))
    except ValidationError as error:
        raise CommandError("Password: " + " ".join(error.messages), Exit.USAGE) from error
    return password
