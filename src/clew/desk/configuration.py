"""What a desk is told from outside: environment variables that begin with CLEW_DESK_."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_BYTES = 48
"""Of the key that signs sessions; Django asks for at least 50 characters, these make 64."""


class Configuration(BaseSettings):
    """Settings of one desk. Each is documented in docs/settings.md.

    `home` holds the database (where it is SQLite), the prepared store, keys and watched files.
    `round_at` is the hour, in the desk's time zone, at which each day's round is asked for; empty:
    nobody asks but people.
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
    oidc_server: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the names under which the desk may be asked."""
        return [name.strip() for name in self.hosts.split(",") if name.strip()]

    def secret_key(self) -> str:
        """Return the key that signs sessions, made at the first start and readable by none else."""
        path = self.home / "session.key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(KEY_BYTES), encoding="ascii")
        return path.read_text(encoding="ascii").strip()
