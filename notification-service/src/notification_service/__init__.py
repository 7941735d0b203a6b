"""Notifications, devices, the archive of events and the dead-letter desk."""
