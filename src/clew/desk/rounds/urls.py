"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.rounds import views

urlpatterns: list[URLPattern] = [
    path("rounds", views.rounds, name="rounds"),
    path("rounds/ask", views.ask, name="ask-for-round"),
    path("workload", views.workload, name="workload"),
]
