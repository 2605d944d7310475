"""Links that the engine found, what people were shown of them, and what they decided."""
