"""Verification of medical licences."""
