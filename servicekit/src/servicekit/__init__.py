"""How a Docfliq service runs."""
