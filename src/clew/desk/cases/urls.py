"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import erase_pages, identity_pages, seal_pages

urlpatterns: list[URLPattern] = [
    path("erasures", erase_pages.erasures, name="erasures"),
    path("erasures/<path:case_id>", erase_pages.erase_fact, name="erase"),
    path("records/<path:case_id>/hold", erase_pages.legal_hold, name="legal-hold"),
    path("seals", seal_pages.seals, name="seals"),
    path("seals/<path:case_id>", seal_pages.seal, name="seal"),
    path("identities/<path:case_id>", identity_pages.identity, name="identity"),
]
