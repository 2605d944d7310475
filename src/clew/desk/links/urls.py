"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.links import compare, like, queue

urlpatterns: list[URLPattern] = [
    path("queue", queue.queue, name="queue"),
    path("pair/<int:number>", compare.compare, name="pair"),
    path("like/<path:case_id>", like.like, name="like"),
]
