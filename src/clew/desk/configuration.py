"""How a desk is configured: environment variables that begin with CLEW_DESK_."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from clew.errors import UsageRejected

PREFIX = "CLEW_DESK_"
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def kept_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what a key's file holds; it is made at first need, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(make())
        try:
            os.link(beside, path)  # Whole or not at all, and never over one that another made.
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return path.read_bytes()


class Configuration(BaseSettings):
    """Settings of one desk. Each is documented in docs/reference/settings.md.

    `home` holds the database (where it is SQLite), the prepared store, keys and watched files.
    `proxies`: addresses and networks of the proxies that say whom they hand on. `round_at` is the
    hour, in the desk's time zone, at which each day's round is asked for; empty: only people ask.
    `chief_officer` is the account of the last step of an escalation. `inbox_owner` is the account
    that answers for what lies in the watched folder.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    home: Path = Path("clew-desk")
    database: str = ""
    hosts: str = "localhost,127.0.0.1,[::1]"
    https: bool = False
    proxies: str = ""
    timezone: str = "Europe/London"
    force: str = "This force"
    idle_minutes: int = 30
    session_hours: int = 12
    round_at: str = "06:00"
    chief_officer: str = ""
    inbox_owner: str = ""
    oidc_server: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    stamp_server: str = ""
    oidc_authorize: str = ""
    oidc_token: str = ""
    oidc_userinfo: str = ""
    oidc_keys: str = ""

    @field_validator("proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        """Refuse at the start what is no address or network."""
        for part in filter(str.strip, text.split(",")):
            ip_network(part.strip())
        return text

    @field_validator("round_at")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        """Refuse at the start what is no time of a day: no round would ever be asked for."""
        time = text.strip()
        if time and not TIME_OF_DAY.fullmatch(time):
            raise ValueError("write it like 06:00, or leave it empty for no daily comparison")
        return time

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        """Refuse at the start what is no time zone."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("write it like Europe/London") from None
        return name

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the host names that the desk answers to."""
        return [name.strip() for name in self.hosts.split(",") if name.strip()]

    def oidc_address(self, configured: str, path: str) -> str:
        """Return an address of the single sign-on: as configured, or `path` below its server."""
        return configured or (f"{self.oidc_server.rstrip('/')}/{path}" if self.oidc_server else "")


def read_configuration() -> Configuration:
    """Return the settings of the environment.

    Raises
    ------
    UsageRejected
        If one is not what it must be: its name, its value and what to write.
    """
    try:
        return Configuration()
    except ValidationError as fault:
        first = fault.errors()[0]
        name = f"{PREFIX}{'_'.join(map(str, first['loc']))}".upper()
        why = str(first["msg"]).removeprefix("Value error, ")
        given = str(first.get("input", ""))[:60]
        raise UsageRejected(f"the setting {name} cannot be '{given}'", why) from None
