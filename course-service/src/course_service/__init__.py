"""Courses, enrollments, assessment, player and certificates."""
