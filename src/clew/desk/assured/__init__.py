"""Assured: each death's class, its lines of enquiry, dissent, leads, and its closing."""
