"""Files become cases, and rejects with reasons."""
