"""aimock: an OpenAI-compatible server that others wrote, from the npm registry, kept in the user's cache."""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.needs import left_out

PACKAGE = "@copilotkit/aimock"
VERSION = "1.43.0"
_LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


@asynccontextmanager
async def aimock(fixtures: Sequence[dict[str, Any]], folder: Path) -> AsyncIterator[str]:
    """The base URL of a server that answers by `fixtures`; requests that fit none fail."""
    program, folder_of_package = _program()
    if not program.is_file():
        await _install(folder_of_package)
    file = folder / "fixtures.json"
    file.write_text(json.dumps({"fixtures": fixtures}, ensure_ascii=False), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        "node", str(program), "-p", "0", "-f", str(file), "--strict",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            url = await _address(process)
        yield f"{url}/v1"
    finally:
        process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    seen = ""
    async for line in process.stdout:
        seen += line.decode()
        if found := _LISTENING.search(seen):
            return found[1]
    raise AssertionError(f"aimock ended: {seen}")


def _program() -> tuple[Path, Path]:
    """The program's file, which may not be there yet, and the folder that npm is to fill."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            left_out(f"{tool} is not installed: {PACKAGE} {VERSION} cannot run")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "speakalka" / "npm" / f"aimock-{VERSION}"
    program = folder / "node_modules" / PACKAGE / "dist" / "cli.js"
    folder.mkdir(parents=True, exist_ok=True)
    return program, folder


async def _install(folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        "npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"{PACKAGE}@{VERSION}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        left_out(f"npm cannot install {PACKAGE} {VERSION}: {said.decode()[-500:]}")
