"""What could have been seen, and when: a case file walked through as it became known."""
