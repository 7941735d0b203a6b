"""Signing keys: made, sealed at rest, published."""
