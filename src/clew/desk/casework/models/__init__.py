"""The tables of casework, one module for each subject."""

from clew.desk.casework.models import concerns, referrals, status

__all__ = ["concerns", "referrals", "status"]
