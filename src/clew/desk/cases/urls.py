"""Addresses of the app."""

from __future__ import annotations

from django.urls import path

from clew.desk.cases import erase_pages

urlpatterns = [
    path("erasures", erase_pages.erasures, name="erasures"),
    path("erasures/<path:case_id>", erase_pages.erase_fact, name="erase"),
    path("records/<path:case_id>/hold", erase_pages.legal_hold, name="legal-hold"),
]
