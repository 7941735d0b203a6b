"""A mail server that delivers to nobody and shows what it was given."""
