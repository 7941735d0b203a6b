"""Letting go of people: what they learned, and what they taught."""
