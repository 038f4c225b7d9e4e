"""One stack for all tests that leave it as they found it."""

from collections.abc import Iterator

import pytest

from tests.e2e.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The four services, judged by rubric, reports to files. Do not kill parts of it."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
