"""The tables of casework, one module for each subject."""

from clew.desk.casework.models import concerns, referrals, requests, status

__all__ = ["concerns", "referrals", "requests", "status"]
