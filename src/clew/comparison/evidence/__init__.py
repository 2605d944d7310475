"""Two cases become findings: one module for each evidence."""
