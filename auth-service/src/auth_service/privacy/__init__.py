"""Leaving for good: the erasure of a person, and who has answered."""
