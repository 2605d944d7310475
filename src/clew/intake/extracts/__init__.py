"""Successive extracts: what changed since the last one becomes facts recorded at import."""
