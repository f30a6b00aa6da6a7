"""The pages that people write, and what their fenced blocks hold.

A block without a language holds shell commands. Every other block names its language, and a listing is ``text``.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "weights/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
COMMENT = re.compile(r"(?:^|[ \t]+)#.*$", re.M)
COMMAND = re.compile(r"^for [^\n]*; do\n(?:.*\n)*?done$|^\S.*$", re.M)  # a loop of several lines is one command


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block, in order; the language of shell commands is empty."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def commands(block: str) -> list[str]:
    """The commands of a block as they are typed, without comments. A continued line is one line."""
    joined = re.sub(r"[ \t]*\\\n[ \t]*", " ", block)
    return [command.rstrip() for command in COMMAND.findall(COMMENT.sub("", joined))]


def commands_of(page: Path) -> list[str]:
    return [command for language, block in blocks(page) if not language for command in commands(block)]
