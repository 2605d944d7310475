"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import identity_pages, seal_pages

urlpatterns: list[URLPattern] = [
    path("seals", seal_pages.seals, name="seals"),
    path("seals/<path:case_id>", seal_pages.seal, name="seal"),
    path("identities/<path:case_id>", identity_pages.identity, name="identity"),
]
