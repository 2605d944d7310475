"""Records and their facts, as they became known; never overwritten."""
