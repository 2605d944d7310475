"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.deadlines import pages

urlpatterns: list[URLPattern] = [path("clock", pages.clock, name="clock")]
