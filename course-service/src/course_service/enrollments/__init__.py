"""Enrollments: who may learn what, since when, and how far they came."""
