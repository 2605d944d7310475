"""Accounts, roles, areas, and who may do what."""
