"""Hooks of mkdocs for files that are outside docs/ or that commands write.

README and the model card become pages. The navigation gets the pages of docs/results. Links to files that are no pages
become plain text.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
# Pages made of files outside docs/, by the place of the page.
ADDED = {"index.md": "README.md", "model-card.md": "weights/README.md"}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    """Add the pages of docs/results to the navigation, below Results."""
    pages = sorted((ROOT / "docs/results").glob("*.md"))
    (below,) = (section["Results"] for section in config.nav if "Results" in section)
    below.append({"Measured": [f"results/{page.name}" for page in pages]})
    return config


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add the pages of ADDED."""
    for page, source in ADDED.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn a page's links to files of the repository into links of the site, or into plain text."""
    source = ADDED.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return LINK.sub(lambda link: _linked(link, Path(source).parent, Path(page.file.src_uri).parent), markdown)


def _linked(link: re.Match[str], folder: Path, place: Path) -> str:
    image, text, target, anchor = link[1], link[2], link[3], link[4] or ""
    if not target or re.match(r"[a-z]+:", target):
        return link[0]
    file = _normal(folder / target)
    pages = {added: page for page, added in ADDED.items()}
    if file in pages:
        inside = pages[file]
    elif file.startswith("docs/") and (ROOT / file).is_file():
        inside = file.removeprefix("docs/")
    else:
        return text
    up = "../" * len(place.parts)
    return f"{image}[{text}]({up}{inside}{anchor})"


def _normal(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
