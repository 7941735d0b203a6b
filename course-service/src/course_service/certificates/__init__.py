"""Certificates: numbers, PDFs and their public check."""
