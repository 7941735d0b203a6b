"""Transcoding, images and documents."""
