"""Likes, bookmarks and comments."""
