"""Where people can be reached: copies of what auth-service says."""
