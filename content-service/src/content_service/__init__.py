"""Posts, channels, feed, search, interactions and media assets."""
