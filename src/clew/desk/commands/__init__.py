"""What `clew desk` does, a module a command. Each sets Django up before it touches a table."""
