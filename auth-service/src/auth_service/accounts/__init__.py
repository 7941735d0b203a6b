"""Accounts: registration, addresses, passwords."""
