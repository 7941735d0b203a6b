"""Intake: which files may come in, where they land, and what they really are."""
