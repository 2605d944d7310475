"""Concerns from outside, promises to families, and who keeps in touch with them."""
