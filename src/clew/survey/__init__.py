"""Counts that are unusual where and when they fall: scans over place and time."""
