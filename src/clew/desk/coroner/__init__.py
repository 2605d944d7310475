"""The coroner's workspace: what was given, as it was given, and notes that no police role reads."""
