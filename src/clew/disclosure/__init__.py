"""Nouns become documents."""
