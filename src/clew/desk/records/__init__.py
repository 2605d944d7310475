"""Records and their facts, as they became known. Never overwritten."""
