"""Search: an index of what records and the public's words say, and how it is asked."""
