"""Letting go of people: whose files were worked on."""
