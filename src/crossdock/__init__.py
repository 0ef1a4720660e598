"""Crossdock: a self-hosted hub for order operations.

The rooms, from what people and programs meet down to what knows nothing of the others:

    portal/  api/  cli/    pages, programs' calls, commands
    flows/                 the engine: hints, runs, pulls, pushes
    routing/               which orders ship, and from where
    hub/                   orders, stock, shipping, products, events: the data and what may be done with it
    connectors/            one folder for each kind of outside system, and the contract that all of them keep
    canon/                 the records that all of them speak of

Imports run downwards only. Beside the rooms: `demo/`; `config/`, `settings`, `database` and `embedded/`, from which
`runtime` starts a process; `server`, `wsgi`, `urls`, `security`, `callers`, `assets` and `transfer`, by which it
answers; `processes`, `logs`, `doctor`, `rooms`. What happens to an order on its way through is in docs/concepts.md.
"""

from __future__ import annotations

__version__ = "0.1.0"
