"""The audit chain: every act on a record is a row, in the same transaction, or does not happen."""
