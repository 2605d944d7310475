"""Exports for the tools that people use: nouns in, bytes out. Nothing here uses a database.

Each export has the words of every screen, who made it, when, for whom and why, how many records
are in it, and what was not searched.
"""
