"""Whether comparable deaths of two groups had the same enquiry, and what workload explains."""
