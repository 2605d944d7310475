"""A mapping proposed for a foreign file, each line with its reason; a person reads and keeps it."""
