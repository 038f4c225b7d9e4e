"""Makes docs/run.svg from a real run: `.venv/bin/python -m scripts.picture`, with `make serve` up.

Shown are the beginning, the first topic's follow-up and the scorecard; what is left out is marked.
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text
from speakalka.main import main as speakalka

_WIDTH = 92
_PICTURE = Path("docs/run.svg")
_LINES_OF_THE_SECOND = 9

# What comes and goes while something is waited for, and what moves the cursor.
_PASSING = re.compile(r"[^\n]*(judging|closing) …[^\n]*\n?")
_MOVES = re.compile(r"\x1b\[\?25[lh]|\x1b\[1A|\x1b\[2K|\r")


def main() -> int:
    """Holds the example interview and draws it. The exit code is speakalka's."""
    shown = io.StringIO()
    terminal = Console(
        file=shown, force_terminal=True, color_system="truecolor", width=_WIDTH, highlight=False
    )
    code = speakalka(["interview", "examples/technical.yaml"], terminal)
    if code == 0:
        _PICTURE.write_text(_svg(_shortened(shown.getvalue())), encoding="utf-8")
    return code


def _shortened(run: str) -> list[Text]:
    """The run by its paragraphs: head, two questions, the scorecard; each question cut to a few lines."""
    still = _PASSING.sub("", _MOVES.sub("", run))
    head, first, second, *_, scorecard = (part.splitlines() for part in still.strip().split("\n\n"))
    parts = [head, first, second[:_LINES_OF_THE_SECOND], ["    …"], scorecard]
    return [Text.from_ansi(line) for part in parts for line in ("", *part)]


def _svg(lines: list[Text]) -> str:
    paper = Console(record=True, file=io.StringIO(), width=_WIDTH)
    for line in lines[1:]:
        paper.print(line)
    svg = paper.export_svg(title="make run")
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)  # no fonts from elsewhere


if __name__ == "__main__":
    sys.exit(main())
