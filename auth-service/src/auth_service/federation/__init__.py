"""Signing in at somebody else's: Google, Microsoft, any OpenID provider."""
