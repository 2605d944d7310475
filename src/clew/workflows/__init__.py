"""One file for each job; the only place where rooms meet."""
