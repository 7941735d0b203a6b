"""The audit trail: who did what, on what, when; added to and never changed."""
