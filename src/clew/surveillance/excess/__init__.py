"""Counts around a unit and through time, against what was expected."""
