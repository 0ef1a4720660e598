"""A small OpenID Connect provider: discovery, authorization, token and userinfo, with tokens signed by RSA."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "crossdock", "a-secret-of-the-provider"


class Provider:
    """Whoever comes is `claims`; the attributes below make it misbehave."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = self.key
        self.claims: dict[str, Any] = {"sub": "42", "email": "ann@kaffewerk.test", "email_verified": True}
        self.userinfo: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.audience = CLIENT
        self.named_issuer = address
        self.deny = False
        self.login_page = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []

    def describe(self) -> dict[str, Any]:
        """What discovery answers."""
        return {
            "issuer": self.named_issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        """The public key."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key()))
        return {"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes after the person has agreed, or has not."""
        self.asked.append(asked)
        if self.deny:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = f"code-{len(self.codes)}"
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, asked: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, and only for whoever began; None refuses."""
        begun = self.codes.pop(asked.get("code", ""), None)
        if begun is None or asked.get("client_secret") != SECRET:
            return None
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(proof).decode().rstrip("=") != begun["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.named_issuer, "aud": self.audience, "iat": now, "exp": now + 60, **self.claims}
        key = self.key if self.algorithm == "RS256" else "a secret that everybody knows, 32 bytes"
        if self.algorithm == "none":
            key = None  # type: ignore[assignment]  # what an unsigned token takes
        signed = jwt.encode(claims, key, self.algorithm, {"kid": "k1"})
        return {"access_token": "at-1", "token_type": "Bearer", "id_token": signed}


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider on a port of its own."""

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Discovery, keys, userinfo, and the page where people agree."""
            parts = urlsplit(self.path)
            if parts.path in ("/authorize", "/login"):
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                elsewhere = running.login_page if parts.path == "/authorize" else ""
                self.send_response(302)
                self.send_header(
                    "Location", f"{elsewhere}?{parts.query}" if elsewhere else running.authorize(asked)
                )
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answers = {
                "/.well-known/openid-configuration": running.describe,
                "/keys": running.keys,
                "/userinfo": lambda: running.userinfo,
            }
            self.say(answers[parts.path]())

        def do_POST(self) -> None:
            """The token endpoint."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(running.token({name: values[0] for name, values in parse_qs(body).items()}))

        def say(self, value: dict[str, Any] | None) -> None:
            """Answer with JSON; None is a refusal."""
            body = json.dumps({"error": "invalid_grant"} if value is None else value).encode()
            self.send_response(400 if value is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    running = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
