"""A report's own free text, read into facts: each with the words that say so, none confirmed."""
