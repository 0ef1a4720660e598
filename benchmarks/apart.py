"""Measuring in a process of its own: what ran before costs nothing there, and its memory is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

Figures = dict[str, Any]  # figures of several kinds, made in another process and printed here


def measured_apart(module: str, task: Mapping[str, object]) -> Figures:
    """Give a fresh process of `module` its task on standard input, and return the figures that it prints last.

    Ends this process, too, where that one fails; it has said why.
    """
    done = subprocess.run(
        [sys.executable, "-m", module], input=json.dumps(task), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures
