"""The fast search: which earlier cases match a case best, on one machine or on Spark."""
