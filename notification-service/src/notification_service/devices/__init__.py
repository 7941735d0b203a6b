"""Devices: the phones and browsers that take pushes."""
