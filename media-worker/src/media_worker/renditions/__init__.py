"""Renditions: what is made of an image, a video or a document, under hard limits."""
