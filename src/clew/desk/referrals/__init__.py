"""Referrals to the specialist team: request, clock, answer, challenge, review, and whom to warn."""
