"""Words as data: ids, labels, synonyms and sources, in TOML."""
