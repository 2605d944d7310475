"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.links import exports

urlpatterns: list[URLPattern] = [
    path("exports/pair/<int:pk>", exports.export_pair, name="export-pair"),
    path("exports/sheet", exports.export_sheet, name="export-sheet"),
]
