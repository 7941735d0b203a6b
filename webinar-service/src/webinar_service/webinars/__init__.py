"""Webinars: scheduled, moved, cancelled, and as calendar files."""
