"""Exports for the tools that people use: nouns in, bytes out. Nothing here knows a database.

Each export bears the words of every screen, who made it, when, for whom and why, how many records
it holds, and what was not searched.
"""
