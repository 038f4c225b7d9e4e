"""Reads emotions from pictures of a face. Keeps and logs no picture."""
