"""The nouns: frozen, typed, no input or output. Everything else speaks in them."""
