"""What desk tests share: the password of every account made for them, and what fixtures return."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from clew.desk.accounts.models import Account

PASSWORD = "a-long-demo-password-1"
Make = Callable[..., Account]
SignedIn = Callable[..., Client]
