"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.rounds import hand_in, views

urlpatterns: list[URLPattern] = [
    path("rounds", views.rounds, name="rounds"),
    path("rounds/ask", views.ask, name="ask-for-round"),
    path("hand-in", hand_in.hand_in, name="hand-in"),
    path("workload", views.workload, name="workload"),
]
