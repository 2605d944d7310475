"""What leaves the desk: exports, disclosure, the coroner's copy, erasure, published figures."""
