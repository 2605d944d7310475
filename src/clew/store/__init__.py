"""The prepared store: versions of cases and their coded columns, kept so that nothing is lost."""
