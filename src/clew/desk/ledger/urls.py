"""Addresses of the app."""

from __future__ import annotations

from django.urls import path

from clew.desk.ledger import pages

urlpatterns = [
    path("ledger", pages.ledger, name="ledger"),
    path("ledger/<int:number>", pages.ledger_row, name="ledger-row"),
    path("ledger/checkpoints/<int:number>", pages.ledger_checkpoint, name="ledger-checkpoint"),
]
