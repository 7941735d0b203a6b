"""Institutional and sponsor channels, and their followers."""
