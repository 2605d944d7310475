"""Weights and judgements become possible and adopted series."""
