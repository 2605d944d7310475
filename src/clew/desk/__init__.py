"""The web application: from a link to a decision that somebody will stand by."""
