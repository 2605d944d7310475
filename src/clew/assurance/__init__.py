"""What must be done for every death, and what must not be closed: pure rules, no clock."""
