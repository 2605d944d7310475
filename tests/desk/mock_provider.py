"""A provider of single sign-on on loopback, for tests: real RS256 tokens, and lies on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "clew-desk", "a-client-secret-for-tests-only-0123456789"


@cache
def key(name: str) -> RSAPrivateKey:
    """One key a name: `good` is the published one."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def honest(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, key("good"), "RS256", headers={"kid": "k1"})


@dataclass
class Provider:
    """What the provider says; `lie` alters the claims, `sign` how they are signed."""

    address: str = ""
    who: dict[str, Any] = field(default_factory=lambda: {"sub": "s-1", "preferred_username": "ann"})
    lie: Callable[[dict[str, Any]], dict[str, Any]] = dict
    sign: Callable[[dict[str, Any]], str] = honest
    userinfo: dict[str, Any] | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def authorize(self, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(8)
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str]) -> dict[str, str] | None:
        asked = self.asked.pop(given.get("code", ""), None)
        if asked is None or given.get("client_secret") != SECRET:
            return None
        told = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(told).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {
            "iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60,
            "nonce": asked["nonce"], **self.who,
        }  # fmt: skip
        return {"access_token": "a", "id_token": self.sign(self.lie(claims))}

    def keys(self) -> dict[str, Any]:
        told = json.loads(RSAAlgorithm.to_jwk(key("good").public_key()))
        return {"keys": [{**told, "kid": "k1", "alg": "RS256", "use": "sig"}]}


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider on a free port of loopback."""
    told = Provider()

    class Answer(BaseHTTPRequestHandler):
        def _send(self, body: object, status: int = 200) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told.seen.append(parts.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", told.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/keys":
                self._send(told.keys())
            elif parts.path == "/userinfo":
                self._send(told.userinfo or told.who)
            else:
                self._send({}, 404)

        def do_POST(self) -> None:
            told.seen.append(self.path)
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = told.token({name: values[0] for name, values in parse_qs(raw).items()})
            self._send(answer or {"error": "invalid_grant"}, 200 if answer else 400)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    told.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def point_to(settings: Any, told: Provider) -> None:
    """Point a desk's settings to this provider."""
    settings.OIDC_OP_ISSUER = told.address
    settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
    for name, path in (
        ("AUTHORIZATION", "authorize"), ("TOKEN", "token"), ("USER", "userinfo"), ("JWKS", "keys"),
    ):  # fmt: skip
        setattr(settings, f"OIDC_OP_{name}_ENDPOINT", f"{told.address}/{path}")
