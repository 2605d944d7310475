"""The daily round: intake, comparison, alerts, as a job that survives its own death."""
