"""The other files that a command is given: coverage, judgements, baselines, earlier answers."""
