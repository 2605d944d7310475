"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.links import compare, decisions, exports, judge, like, morning, queue

urlpatterns: list[URLPattern] = [
    path("morning", morning.morning, name="morning"),
    path("morning/meeting", morning.record_meeting, name="meeting"),
    path("queue", queue.queue, name="queue"),
    path("pair/<int:number>", compare.compare, name="pair"),
    path("pair/<int:number>/judge", judge.judge, name="judge"),
    path("pair/<int:number>/second", judge.read_second, name="second-reading"),
    path("decisions", decisions.decisions, name="decisions"),
    path("decisions/add", decisions.add_decision, name="decision-add"),
    path("not-taken-forward", decisions.not_taken_forward, name="not-taken-forward"),
    path("like/<path:case_id>", like.like, name="like"),
    path("exports/pair/<int:pk>", exports.export_pair, name="export-pair"),
    path("exports/sheet", exports.export_sheet, name="export-sheet"),
]
