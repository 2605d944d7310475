"""One module for each command; the only place that prints."""
