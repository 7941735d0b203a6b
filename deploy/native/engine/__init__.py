"""The native engine: the platform out of the system's packages, kept under one folder."""
