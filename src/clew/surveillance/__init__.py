"""Counts that should have raised a signal. No case is judged here."""
