"""Notifications: what people are told, once per event."""
