"""Firebase Cloud Messaging as its clients see it: an access token, and messages to phones."""
