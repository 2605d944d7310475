"""How other programs read the desk: read-only JSON, by tokens that administrators issue."""
