"""Letting go of people: what they were told, and what the archive says of them."""
