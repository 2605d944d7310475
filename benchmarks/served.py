"""A desk that a benchmark serves: people signed in without a password; waiting for the server."""

# ruff: noqa: PLC0415 (nothing of Django may load before it is set up)
from __future__ import annotations

import http.client
import time


def signed_in(name: str) -> str:
    """Make an account of an analyst for all areas; return the key of its session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from clew.desk.accounts.models import Account
    from clew.desk.commands.accounts import add_account

    add_account(name, name.title(), None, (("analyst", ""),), "benchmark")
    account = Account.objects.get(name=name)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["clew_purpose"] = "benchmark"
    session.save()
    return str(session.session_key)


def wait_for(port: int) -> None:
    """Wait until a server listens, two minutes at most."""
    for _ in range(1_200):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not listen")
