"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.assured import class_pages, closing_pages, keep_pages, measure_pages, pages

urlpatterns: list[URLPattern] = [
    path("assured/<path:case_id>", pages.assured, name="assured"),
    path("class/<path:case_id>", class_pages.class_page, name="class"),
    path("expected/<path:case_id>", class_pages.expected, name="expected"),
    path("closing/<path:case_id>", closing_pages.closing, name="closing"),
    path("preserve/<path:case_id>", keep_pages.preserve, name="preserve"),
    path("standards", keep_pages.standards, name="standards"),
    path("measures", measure_pages.measures, name="measures"),
    path("re-audit", measure_pages.re_audits, name="re-audits"),
    path("re-audit/<path:case_id>", measure_pages.re_audit, name="re-audit"),
]
