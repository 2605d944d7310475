"""A seeded, documented force that does not exist, with the public record placed in it."""
