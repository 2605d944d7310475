"""Rows of text become cases, facts and rejects with reasons."""
