"""Findings become weight of evidence, and weight becomes chance."""
