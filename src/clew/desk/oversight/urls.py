"""Addresses of the overseer's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.oversight import pages

urlpatterns: list[URLPattern] = [
    path("oversight", pages.oversight, name="oversight"),
    path("oversight/traits", pages.traits, name="traits"),
]
