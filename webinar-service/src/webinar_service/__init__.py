"""Webinars, registrations and calendars."""
