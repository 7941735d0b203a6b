"""Seeds the platform and plays the main journey."""
