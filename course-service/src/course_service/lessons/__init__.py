"""Modules and lessons: what a course is made of."""
