"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.referrals import acts, pages

urlpatterns: list[URLPattern] = [
    path("referrals", pages.referrals, name="referrals"),
    path("refer", pages.send, name="refer"),
    path("referral/<int:number>", pages.referral, name="referral"),
    path("referral/<int:number>/answer", acts.answer, name="referral-answer"),
    path("referral/<int:number>/challenge", acts.challenge, name="referral-challenge"),
    path("referral/<int:number>/withdraw", acts.withdraw, name="referral-withdraw"),
    path("warn/<int:number>", acts.warn, name="warn"),
]
