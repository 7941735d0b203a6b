"""Letting go of people: what the law keeps stays without a name."""
