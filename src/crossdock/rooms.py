"""Which rooms of the house this installation has."""

from __future__ import annotations

from importlib.util import find_spec


def present(*modules: str) -> list[str]:
    """Those of `modules` that exist, in their order, without importing them."""
    return [module for module in modules if _exists(module)]


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
