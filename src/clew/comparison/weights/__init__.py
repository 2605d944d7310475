"""Weight of evidence: the table, how often unrelated cases match as well, and learning."""
