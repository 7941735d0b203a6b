"""What people prove themselves with besides a password: sent codes, authenticator apps."""
