"""Starts the four services on this machine: `make run` and `make serve`."""
