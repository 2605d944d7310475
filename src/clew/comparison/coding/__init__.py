"""Cases become columns of small codes."""
