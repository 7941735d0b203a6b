"""Letting go of people: their seats, and the webinars that they hosted."""
