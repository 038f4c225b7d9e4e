"""Reporters with one rule broken each: the enumeration of crashes must tell every one of them."""

from services.reporter.backlog import Backlog
from services.reporter.delivery import Look
from services.reporter.fallback import Fallback, Found
from services.reporter.files import Folder
from services.reporter.record import Record
from tests.faults.disk.forgetful_disk import ForgetfulDisk, ForgetfulFolder
from tests.faults.disk.lives import Rules


class NoFileSync(ForgetfulFolder):
    """fsync of files is removed."""

    def sync(self, handle: int) -> None:
        pass


class NoFolderSync(ForgetfulFolder):
    """fsync of directories is removed."""

    def sync_folder(self) -> None:
        pass


class NoNameSync(ForgetfulFolder):
    """A directory that is found is used though nobody knows whether its own name is on the disk."""

    def sync_name(self) -> None:
        pass


class Replacing(ForgetfulFolder):
    """`link` is `replace`: what has the name loses it."""

    def link(self, name: str, target: Folder, new_name: str) -> None:
        self.replace(name, target, new_name)


class EagerBacklog(Backlog):
    """A file goes before its record is acked."""

    def read(self, name: str) -> Record:
        record = super().read(name)
        self.remove(name)
        return record

    def remove(self, name: str) -> None:
        if name in {waiting.name for waiting in self.waiting()}:
            super().remove(name)


class Blind(Fallback):
    """Nobody looks whether the report waits already."""

    def _look(self, folder: Folder, record: Record) -> Found:  # noqa: ARG002 - it looks at nothing
        return Found(Look.NOTHING)


class Trusting(ForgetfulFolder):
    """What was found, not written, is not synced again."""

    def __init__(self, disk: ForgetfulDisk, node: int, above: int) -> None:
        super().__init__(disk, node, above)
        self._wrote = False

    def create(self, name: str) -> int:
        self._wrote = True
        return super().create(name)

    def link(self, name: str, target: Folder, new_name: str) -> None:
        self._wrote = True
        super().link(name, target, new_name)

    def sync(self, handle: int) -> None:
        if self._wrote:
            super().sync(handle)

    def sync_folder(self) -> None:
        if self._wrote:
            super().sync_folder()


MUTANTS = {
    "file fsync removed": Rules(folder=NoFileSync),
    "directory fsync removed": Rules(folder=NoFolderSync),
    "fsync of the directory's own name removed": Rules(folder=NoNameSync),
    "link replaces": Rules(folder=Replacing),
    "unlink before ack": Rules(backlog=EagerBacklog),
    "existence check removed": Rules(fallback=Blind),
    "found file not synced again": Rules(folder=Trusting),
}
