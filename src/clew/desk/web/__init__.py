"""What every page shares: layout, words, and the guard at the door."""
