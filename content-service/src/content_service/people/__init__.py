"""Our copies of people and of who follows whom, fed by events."""
