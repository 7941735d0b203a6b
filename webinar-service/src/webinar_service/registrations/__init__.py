"""Seats: taken, waited for, given back."""
