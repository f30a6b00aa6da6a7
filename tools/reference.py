"""Writes docs/reference: every key of params.yaml and every subcommand, from their schemas. python -m tools.reference.

A test fails where a page is older than what it describes.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from face_parsing.commands.command_line import parser as command_line
from face_parsing.core.errors import run
from face_parsing.parameters import Tree

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs/reference"
PROFILE = "${profile}"
SHOWN = "mini"  # the profile whose values stand for all profiles
WRITTEN = "<!-- Written by `python -m tools.reference`. -->\n\n"


def parameters_page(root: Path) -> str:
    """The page of the parameters: default, type, meaning, and the stages that read each key.

    Args:
        root: The folder of params.yaml and dvc.yaml.
    """
    tree = YAML().load((root / "params.yaml").read_text(encoding="utf-8"))
    readers = stages_by_key(YAML(typ="safe").load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"])
    schema = Tree.model_json_schema()
    lines = [
        "# Parameters",
        "",
        "Every key of params.yaml. `dvc exp run -S key=value` sets one. A change reruns the stages that read the key,",
        "and those after them whose inputs change. The stage `check` reads every key.",
        "",
        f"Keys of `profiles.<profile>` have the values of `{SHOWN}`.",
    ]
    section = None
    rows = list(leaves(tree))
    comments = {path: comment for path, _, comment in rows}
    for path, value, comment in rows:
        if path[0] == "profiles" and path[1] != SHOWN:
            continue
        shown = tuple("<profile>" if path[0] == "profiles" and i == 1 else name for i, name in enumerate(path))
        if shown[0] != section:
            section = shown[0]
            lines += [
                "",
                f"## {section}",
                "",
                *described(schema, section),
                "| key | default | type | meaning | read by |",
                "|---|---|---|---|---|",
            ]
        if path[0] == "profiles" and not comment and path[2] in ("backbone", "segmenter"):
            comment = comments.get((*path[:2], "detector", *path[3:]), "")  # said once, of the first training
        kind = type_of(schema, path)
        stages = readers_of(readers, path)
        cells = [f"`{'.'.join(shown)}`", f"`{_plain(value)}`", kind, comment, ", ".join(stages) or "check"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return WRITTEN + "\n".join(lines) + "\n"


def described(schema: dict[str, Any], section: str) -> list[str]:
    """What the schema's docstring says of a section, and an empty line."""
    text = _resolved(schema, schema["properties"][section]).get("description", "")
    text = re.sub(r"\s+", " ", text.split("Attributes:")[0]).strip()
    return [text.replace("``", "`"), ""] if text else []


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, str]]:
    """Yield each leaf of a tree as ruamel.yaml reads it: its keys, its value, and the comment of its line."""
    for name, value in tree.items():
        comment = _comment(tree, name)
        if isinstance(value, dict):
            # A mapping on one line has one comment for all of its keys.
            shared = comment if value.fa.flow_style() else ""
            for inner, leaf, own in leaves(value, (*path, name)):
                yield inner, leaf, own or shared
        else:
            yield (*path, name), value, comment


def _comment(tree: Any, name: str) -> str:
    """The comment at the end of a key's line."""
    token = (tree.ca.items.get(name) or [None] * 3)[2]
    if token is None:
        value = tree[name]
        tokens = [getattr(getattr(value, "ca", None), "comment", None)] if hasattr(value, "ca") else []
        token = tokens[0][0] if tokens and tokens[0] else None
    text = token.value if token is not None and hasattr(token, "value") else ""
    first = text.split("\n", 1)[0]
    return first.lstrip("# ").strip() if first.lstrip().startswith("#") else ""


def _plain(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_plain(each) for each in value) + "]"
    return str(value)


def type_of(schema: dict[str, Any], path: tuple[str, ...]) -> str:
    """The type of a key and its limits, from the JSON schema of the whole tree."""
    node = schema
    for name in path:
        node = _resolved(schema, node)
        node = node["properties"][name] if "properties" in node else node["additionalProperties"]
    return _described(schema, node)


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _described(schema: dict[str, Any], node: dict[str, Any]) -> str:
    node = _resolved(schema, node)
    if "anyOf" in node:
        return " or ".join(_described(schema, option) for option in node["anyOf"])
    if "enum" in node:
        return " | ".join(f"`{value}`" for value in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("type") == "array":
        inner = node.get("items") or (node.get("prefixItems") or [{}])[0]
        return f"list of {_described(schema, inner)}"
    names = {"integer": "int", "number": "float", "string": "text", "boolean": "bool", "null": "null"}
    name = names.get(str(node.get("type")), "any")
    limits = [
        f"{sign} {node[key]:g}"
        for key, sign in {
            "minimum": "≥",
            "exclusiveMinimum": ">",
            "maximum": "≤",
            "exclusiveMaximum": "<",
            "multipleOf": "multiple of",
        }.items()
        if key in node
    ]
    return f"{name} {', '.join(limits)}".strip()


def stages_by_key(stages: dict[str, Any]) -> dict[str, list[str]]:
    """The stages that read each key or section of params.yaml, as dvc.yaml lists them."""
    readers: dict[str, list[str]] = {}
    for stage, entry in stages.items():
        for key in entry.get("params", []):
            if isinstance(key, str):
                readers.setdefault(key.replace(PROFILE, SHOWN), []).append(stage)
    return readers


def readers_of(readers: dict[str, list[str]], path: tuple[str, ...]) -> list[str]:
    """The stages that read a key, or a section that holds it, in the pipeline's order."""
    prefixes = [".".join(path[: i + 1]) for i in range(len(path))]
    return list(dict.fromkeys(stage for prefix in prefixes for stage in readers.get(prefix, [])))


def commands_page() -> str:
    """The page of the subcommands: what each does, and its arguments."""
    (subparsers,) = (action for action in command_line()._actions if isinstance(action, argparse._SubParsersAction))
    helps = {action.dest: action.help for action in subparsers._choices_actions}
    lines = ["# Commands", "", "`face-parsing COMMAND --help` prints the same."]
    for name, command in subparsers.choices.items():
        lines += [
            "",
            f"## face-parsing {name}",
            "",
            f"{_sentence(str(helps[name]))}.",
            "",
            "| argument | |",
            "|---|---|",
        ]
        for action in command._actions:
            if isinstance(action, argparse._HelpAction):
                continue
            flag = " ".join(filter(None, [", ".join(action.option_strings), _metavar(action)]))
            needed = "; required" if action.required and action.option_strings else ""
            text = re.sub(r"\s+", " ", str(action.help)).replace("|", "\\|")
            lines.append(f"| `{flag}` | {text}{needed} |")
    return WRITTEN + "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return f"{text[0].upper()}{text[1:]}"


def _metavar(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return str(action.metavar or (action.dest.upper() if action.option_strings else action.dest))


def pages(root: Path = ROOT) -> dict[str, str]:
    """The pages by their file names."""
    return {"parameters.md": parameters_page(root), "commands.md": commands_page()}


def main() -> None:
    """Write the pages."""
    argparse.ArgumentParser(prog="python -m tools.reference", description=__doc__).parse_args()
    PAGES.mkdir(exist_ok=True)
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
