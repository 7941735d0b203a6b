"""Courses: what can be found, joined and edited."""
