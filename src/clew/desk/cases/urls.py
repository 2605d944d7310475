"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import changes, near, record, search

urlpatterns: list[URLPattern] = [
    path("near", near.near_here, name="near"),
    path("records", search.records, name="cases"),
    path("record/<path:case_id>", record.record, name="record"),
    path("record-opinion/<path:case_id>", changes.opinion, name="record-opinion"),
    path("record-owner/<path:case_id>", changes.hand_over, name="record-owner"),
    path("record-effort/<path:case_id>", changes.effort, name="record-effort"),
]
