"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.concerns import acts, family_pages, pages

urlpatterns: list[URLPattern] = [
    path("concerns", pages.concerns, name="concerns"),
    path("concerns/take", pages.take_concern, name="concern-take"),
    path("concern/<int:number>", pages.concern, name="concern"),
    path("concern/<int:number>/letter", pages.letter, name="concern-letter"),
    path("concern/<int:number>/own", acts.own, name="concern-own"),
    path("concern/<int:number>/answer", acts.answer, name="concern-answer"),
    path("concern/<int:number>/challenge", acts.challenge, name="concern-challenge"),
    path("concern/<int:number>/close", acts.close, name="concern-close"),
    path("concern/<int:number>/untell", acts.untell, name="concern-untell"),
    path("concern/<int:number>/tie", acts.tie, name="concern-tie"),
    path("concern/<int:number>/claim", acts.claim, name="concern-claim"),
    path("concern-draft/<int:number>", acts.second, name="concern-second"),
    path("family/<path:case_id>", family_pages.family, name="family"),
    path("family-contact/<path:case_id>", family_pages.add_contact, name="family-contact"),
    path("family-promise/<path:case_id>", family_pages.add_promise, name="family-promise"),
    path("promise/<int:number>/kept", family_pages.promise_kept, name="promise-kept"),
]
