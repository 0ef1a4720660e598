"""A program that listens for notices on a port of its own, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What arrived, and what to answer: the status given by `decide` for a body."""

    decide: Callable[[dict[str, Any]], int] = lambda _: 200
    headers: dict[str, str] = field(default_factory=dict)
    arrived: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def notices(self) -> list[dict[str, Any]]:
        """What arrived, read."""
        return [json.loads(body) for _, body in self.arrived]


class Listening:
    """Runs a receiver until it is closed."""

    def __init__(self) -> None:
        self.receiver = receiver = Receiver()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.decide(json.loads(body))
                receiver.arrived.append((dict(self.headers), body))
                answer = b"" if status < 300 else b"no, thank you"
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A sender that has gone meanwhile is no error of ours."""

        self._server = Server(("127.0.0.1", 0), Handler)
        receiver.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
