"""What waits in the fallback directory. Calls block; every one raises OSError if the disk fails."""

from dataclasses import dataclass
from pathlib import Path

from services.reporter.files import Folder, OpenFolder, open_folder
from services.reporter.names import is_ours


@dataclass(frozen=True, slots=True, order=True)
class Waiting:
    """A file that waits; sorts by age, oldest first."""

    since_ns: int
    name: str


class Backlog:
    """The waiting files of the fallback directory."""

    def __init__(self, path: Path, open_root: OpenFolder = open_folder) -> None:
        self._path = path
        self._open_root = open_root

    def waiting(self) -> list[Waiting]:
        """Every file named like ours, oldest first. Entries that are no plain files are left out."""
        with self._open_root(self._path) as folder:
            found = (_waiting(folder, name) for name in folder.names() if is_ours(name))
            return sorted(one for one in found if one)


def _waiting(folder: Folder, name: str) -> Waiting | None:
    try:
        info = folder.info_of(name)
    except FileNotFoundError:  # delivered meanwhile
        return None
    return Waiting(info.modified_ns, name) if info.plain else None
