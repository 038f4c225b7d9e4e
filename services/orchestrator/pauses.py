"""How long what failed is left alone before it is tried again."""

LONGEST_PAUSE_SECONDS = 30.0


def pause_seconds(doublings: int) -> float:
    """1 second, doubled so often, LONGEST_PAUSE_SECONDS at most."""
    return min(2.0 ** min(doublings, 10), LONGEST_PAUSE_SECONDS)
