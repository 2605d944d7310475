"""Survey: counts that should have raised a signal. It only counts; no case is judged here."""
