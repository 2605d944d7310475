"""How a desk is configured: environment variables that begin with CLEW_DESK_."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_BYTES = 48
"""Of the key that signs sessions; Django asks for at least 50 characters, these make 64."""


class Configuration(BaseSettings):
    """Settings of one desk. Each is documented in docs/reference/settings.md.

    `home` holds the database (where it is SQLite), the prepared store, keys and watched files.
    `round_at` is the hour, in the desk's time zone, at which each day's round is asked for; empty:
    only people ask. `chief_officer` is the account of the last step of an escalation.
    """

    model_config = SettingsConfigDict(env_prefix="CLEW_DESK_", frozen=True)

    home: Path = Path("clew-desk")
    database: str = ""
    hosts: str = "localhost,127.0.0.1,[::1]"
    https: bool = False
    timezone: str = "Europe/London"
    force: str = "This force"
    idle_minutes: int = 30
    session_hours: int = 12
    round_at: str = "06:00"
    chief_officer: str = ""
    oidc_server: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    stamp_server: str = ""
    oidc_authorize: str = ""
    oidc_token: str = ""
    oidc_userinfo: str = ""
    oidc_keys: str = ""

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the host names that the desk answers to."""
        return [name.strip() for name in self.hosts.split(",") if name.strip()]

    def oidc_address(self, configured: str, path: str) -> str:
        """Return an address of the single sign-on: as configured, or `path` below its server."""
        return configured or (f"{self.oidc_server.rstrip('/')}/{path}" if self.oidc_server else "")

    def secret_key(self) -> str:
        """Return the key that signs sessions, made at the first start and readable by its owner."""
        path = self.home / "session.key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.touch(mode=0o600)
            part.write_text(secrets.token_urlsafe(KEY_BYTES), encoding="ascii")
            with suppress(FileExistsError):  # two processes may start at once: one key wins
                os.link(part, path)
            part.unlink()
        return path.read_text(encoding="ascii").strip()
