"""The clock: every deadline of the desk in one place, and what has gone up."""
