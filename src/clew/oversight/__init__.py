"""Who checks the checkers: the equality audit. Pure rules; nothing here imports assurance."""
