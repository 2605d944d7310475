"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import exports

urlpatterns: list[URLPattern] = [
    path("exports/records", exports.export_cases, name="export-cases"),
    path("exports/record/<path:case_id>", exports.export_case, name="export-case"),
]
