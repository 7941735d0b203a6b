"""Profiles: what people say about themselves, and who may see it."""
