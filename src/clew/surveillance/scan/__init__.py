"""The space-time scan: which circles and windows contain too many events."""
