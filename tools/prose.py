"""Checks the docs for sentences that are too long and for phrases that read badly. python -m tools.prose.

Each problem is a line FILE:LINE: with the phrase and what to write instead. The exit code is 1 if there is any.
Not checked: code, tables, HTML, headings, link targets and images. A list item ends a sentence.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRINTED = ("reference", "results")  # folders of docs that commands write
MOST_WORDS = 30
# Regular expressions of phrases that we do not write, and what to write instead.
PHRASES = {
    "(is|are|was|were|be|being) told": "is reported",
    "(is|are) none": "name what is missing",
    "(is|are|was|were) no (measurement|input)": "is extrapolated, is ignored",
    "at fault": "invalid",
    "goes on|go on": "continues",
    "(is|are|was|were|be|been) looked at": "inspected, or we looked at",
    "in the box": "bundled, or in the bounding box",
    "of the (code|time|run|renderer) (before|then)|by older code": "date it by a commit or version",
    "(is|are|was|were) worth": "adds, costs",
    "nothing to do with": "unrelated to",
    "an eye on": "for",
    "pass(ed|es)? over": "ignored, skipped",
    "(does|do) not hold here": "say what you measured",
    "drowns?": "is less than the noise",
    "steadied": "smoothed",
    "rounds? otherwise": "rounds differently",
    "(is|are|was|were|be) said|said of": "name what reports it",
    "the whole of it": "say how much",
    "nobody's": "say whose",
    "the way back": "backward",
    r"takes? [\w ]+ for (one|a|an|the)|taken for": "treats as, mistakes for",
    "of another kind": "say of which kind",
    "in turns": "alternating",
    "beside other work": "on a loaded machine",
}
FORBIDDEN = [(re.compile(rf"\b(?:{phrase})\b", re.I), better) for phrase, better in PHRASES.items()]
NO_PROSE = re.compile(r"\s*(?:#|\||<|\[[^\]]+\]:|---)")  # headings, tables, HTML, targets of links
ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s+")
MARKUP = [  # and what is read in its place
    (re.compile(r"^\s*(```|~~~).*?^\s*\1\s*$|<!--.*?-->", re.S | re.M), ""),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"(`+)(?:(?!\n\n).)+?\1", re.S), "CODE"),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\bhttps?://\S+"), "URL"),
    (re.compile(r"\*\*|__"), ""),
]
END = re.compile(r"(?<=[.!?])[\"')*]*\s+(?=[\"'(*]*[A-Z0-9])")


def pages(root: Path = ROOT) -> list[Path]:
    """The pages that are written by hand, without the changelog."""
    docs = [page for page in sorted((root / "docs").rglob("*.md")) if page.relative_to(root).parts[1] not in PRINTED]
    return [root / "README.md", root / "CONTRIBUTING.md", root / "weights/README.md", *docs]


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences of a page in Markdown, each with the number of its first line. Inline code counts as a word."""
    for markup, read in MARKUP:
        text = markup.sub(lambda found, read=read: _as_many_lines(found.expand(read), found[0]), text)
    for first, block in _blocks(text):
        start = 0
        for end in [*(match.end() for match in END.finditer(block)), len(block)]:
            yield first + block[:start].count("\n"), " ".join(block[start:end].split())
            start = end


def _as_many_lines(text: str, replaced: str) -> str:
    return "\n" * (replaced.count("\n") - text.count("\n")) + text


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs and list items, each with the number of its first line, from 1."""
    first, block = 1, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        prose = "" if NO_PROSE.match(line) else ITEM.sub("", line).strip()
        if block and (not prose or ITEM.match(line)):
            yield first, "\n".join(block)
            block = []
        if prose:
            first = first if block else number
            block.append(prose)


def problems(text: str) -> Iterator[tuple[int, str]]:
    """What to change in a page: the number of the line, and a message."""
    for line, sentence in sentences(text):
        words = sum(any(character.isalnum() for character in word) for word in sentence.split())
        if words > MOST_WORDS:
            yield line, f'{words} words, {MOST_WORDS} at most: "{sentence[:60]}..."'
        for phrase, better in FORBIDDEN:
            for found in phrase.finditer(sentence):
                yield line, f'"{found[0]}": {better}'


def main(root: Path = ROOT) -> int:
    """Print the problems of all pages. Returns the exit code, 1 if there is any."""
    lines = [
        f"{page.relative_to(root).as_posix()}:{line}: {message}"
        for page in pages(root)
        for line, message in problems(page.read_text(encoding="utf-8"))
    ]
    print("\n".join([*lines, f"{len(lines)} problems in {len(pages(root))} pages"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
