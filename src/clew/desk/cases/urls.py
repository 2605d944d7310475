"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.cases import (
    changes,
    erase_pages,
    exports,
    identity_pages,
    near,
    record,
    scene_card,
    seal_pages,
    search,
)

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
    path("erasures", erase_pages.erasures, name="erasures"),
    path("erasures/<path:case_id>", erase_pages.erase_fact, name="erase"),
    path("records/<path:case_id>/hold", erase_pages.legal_hold, name="legal-hold"),
    path("seals", seal_pages.seals, name="seals"),
    path("seals/<path:case_id>", seal_pages.seal, name="seal"),
    path("identities/<path:case_id>", identity_pages.identity, name="identity"),
    path("exports/records", exports.export_cases, name="export-cases"),
    path("exports/record/<path:case_id>", exports.export_case, name="export-case"),
]
