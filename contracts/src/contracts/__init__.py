"""What the services say to each other: events and token claims."""
