"""Survey: counts that should have raised a signal. Rooms that only count; no case is judged."""
