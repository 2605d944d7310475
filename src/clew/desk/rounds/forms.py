"""What is typed on the pages of rounds."""

from __future__ import annotations

from django import forms

MOST_STAFF = 10_000
"""Declared: more on duty in one unit than any force has: a slip of the keyboard."""


class StaffOnDuty(forms.Form):
    """How many were on duty in a unit on a day."""

    unit = forms.CharField(label="Unit", max_length=120, help_text="As records name it: KD")
    day = forms.DateField(label="Day", help_text="As 2014-06-19")
    staff = forms.IntegerField(label="Staff on duty", min_value=0, max_value=MOST_STAFF)
