"""The archive of every event."""
