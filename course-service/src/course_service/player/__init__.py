"""The player: content, playlists, heartbeats and progress."""
