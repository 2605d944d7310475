"""The space-time scan: which circles and windows hold too many events."""
