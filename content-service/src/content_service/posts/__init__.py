"""What people and channels publish, and the cards that events make."""
