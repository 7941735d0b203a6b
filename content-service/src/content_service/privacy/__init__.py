"""Letting go of people: what they wrote, uploaded, liked and followed."""
