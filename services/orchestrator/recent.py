"""Interviews as this process read or wrote them last: a row of a known version need not be read again.

Interviews are values that nothing changes: one may be given out many times. The row decides: a look asks for
its version, and a save names the version that it replaces.
"""

from collections import OrderedDict

from services.orchestrator.store import Stored

MOST = 128


class Recent:
    """The last so many interviews, each with the version of its row."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, Stored] = OrderedDict()

    def known(self, interview_id: str) -> Stored | None:
        """As it was then, if it is remembered."""
        return self._kept.get(interview_id)

    def keep(self, stored: Stored) -> None:
        """Remembers it, and forgets the one that was of no use for longest."""
        interview_id = stored.interview.interview_id
        self._kept[interview_id] = stored
        self._kept.move_to_end(interview_id)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
