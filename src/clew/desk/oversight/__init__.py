"""What overseers see: counts of many, and nobody in them."""
