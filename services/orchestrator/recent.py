"""Interviews as this process read or wrote them last: a row of a known version need not be read again.

Interviews are values that nothing changes: one may be given out many times. The row decides: its version is
asked for every time.
"""

from collections import OrderedDict

from services.orchestrator.interview import Interview

MOST = 128


class Recent:
    """The last so many interviews, each with the version of its row."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[int, Interview]] = OrderedDict()

    def known(self, interview_id: str) -> tuple[int, Interview | None]:
        """The version that is known, and the interview; 0 and none."""
        return self._kept.get(interview_id, (0, None))

    def keep(self, version: int, interview: Interview) -> None:
        """Remembers it, and forgets the one that was of no use for longest."""
        self._kept[interview.interview_id] = (version, interview)
        self._kept.move_to_end(interview.interview_id)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
