"""The compiled kernel that fuses all evidence, and where a job runs."""
