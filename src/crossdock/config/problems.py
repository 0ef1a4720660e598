"""What is wrong with the settings, all of it at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a setting: which variable, what is wrong, what to do."""

    name: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.name} {self.wrong}. {self.remedy}"


class ConfigError(Exception):
    """The settings cannot be used; `problems` holds every wrong variable, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))
