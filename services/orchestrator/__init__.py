"""Holds interviews: asks, has answers scored, decides what comes next, and hands over one report."""
