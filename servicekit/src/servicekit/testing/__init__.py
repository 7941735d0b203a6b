"""What tests of every service stand on: real servers, a database each, callers with real tokens."""
