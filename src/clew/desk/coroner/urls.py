"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.coroner import give, questions, workspace

urlpatterns: list[URLPattern] = [
    path("coroner", workspace.workspace, name="workspace"),
    path("coroner/gift/<slug:reference>", workspace.gift_page, name="workspace-gift"),
    path("coroner/gift/<slug:reference>/file", workspace.gift_file, name="workspace-file"),
    path("coroner/gift/<slug:reference>/note", workspace.add_note, name="workspace-note"),
    path("coroner/gift/<slug:reference>/question", workspace.ask, name="workspace-question"),
    path("give/record/<path:case_id>", give.give_case, name="give-case"),
    path("give/pair/<int:pk>", give.give_pair, name="give-pair"),
    path("coroner/questions", questions.questions, name="coroner-questions"),
    path("coroner/questions/<int:pk>", questions.answer, name="coroner-answer"),
]
