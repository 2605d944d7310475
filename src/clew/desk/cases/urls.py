"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import changes, near, record, scene_card, search

urlpatterns: list[URLPattern] = [
    path("near", near.near_here, name="near"),
    path("scene-card", scene_card.scene_card, name="scene-card"),
    path("scene-card/offline", scene_card.offline_card, name="scene-card-offline"),
    path("scene-card/worker.js", scene_card.worker, name="scene-worker"),
    path("records", search.records, name="cases"),
    path("record/<path:case_id>", record.record, name="record"),
    path("record-opinion/<path:case_id>", changes.opinion, name="record-opinion"),
    path("record-owner/<path:case_id>", changes.hand_over, name="record-owner"),
    path("record-effort/<path:case_id>", changes.effort, name="record-effort"),
]
