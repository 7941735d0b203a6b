"""Accounts, sessions, profiles, verification and the social graph."""
