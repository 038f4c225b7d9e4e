"""The four services and what they share. A folder is a service; none imports another."""
