"""The checker of the docs finds long sentences and bad phrases in prose alone, and the docs have none."""

import pytest

from tools.prose import PHRASES, main, pages, problems, sentences

LONG = "This sentence has " + "many " * 27 + "words."


def found(text: str) -> list[str]:
    return [f"{line}: {message}" for line, message in problems(text)]


def test_the_pages_of_the_repository_have_no_problem(capsys):
    assert main() == 0, capsys.readouterr().out


def test_pages_are_those_written_by_hand():
    names = {page.name for page in pages()}
    assert {"README.md", "CONTRIBUTING.md", "scale.md"} <= names
    assert not {"CHANGELOG.md", "parameters.md"} & names


def test_a_sentence_of_more_than_30_words_is_a_problem():
    assert found(LONG) == ['1: 31 words, 30 at most: "This sentence has many many many many many many many many ma..."']
    assert found(LONG.replace("many ", "", 1)) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "A missing file is told before the work starts.",
        "There is none.",
        "The last column is no measurement.",
        "A picture at fault stops it.",
        "The training goes on.",
        "The images were looked at.",
        "The models in the box find faces.",
        "The figures are of the code before.",
        "What the edge loss is worth is shown below.",
        "They have nothing to do with each other.",
        "The renderer was made with an eye on them.",
        "Other rows are passed over.",
        "That EANet leads does not hold here.",
        "What the loss gains the seeds drown.",
        "The vote is steadied by others.",
        "Its arithmetic rounds otherwise.",
        "What is said of a frame is one line.",
        "There is the whole of it.",
        "It was trained on nobody's photograph.",
        "They count where the way back starts.",
        "It takes every image for one face.",
        "The clips are of another kind.",
        "They ran in turns.",
        "It was measured beside other work.",
    ],
)
def test_a_phrase_is_a_problem(sentence):
    assert len(found(sentence)) == 1
    assert len(found(sentence.replace(" ", "\n"))) == 1


def test_the_message_says_what_to_write():
    assert found("One.\n\nIs it so? A broken\nfile is told.") == ['3: "is told": is reported']
    assert len(PHRASES) == 24  # each has an example above


@pytest.mark.parametrize(
    "text",
    [
        f"```\n{LONG}\nis told\n```",
        f"~~~python\n{LONG}\n```\nis told\n~~~",
        f"- item\n\n  ```\n  {LONG}\n  ```",
        f"| {LONG} | is told |",
        f"## {LONG} is told",
        f"<p>{LONG} is told</p>",
        f"<!-- {LONG}\nis told -->",
        f"![{LONG} is told](picture.jpg)",
        f"`{LONG} is told`",
        "[here](https://example.org/is told/at fault)",
        "https://example.org/at%20fault/in the",
    ],
)
def test_what_is_no_prose_is_not_checked(text):
    assert found(text) == []


def test_sentences_end_at_stops_and_list_items_and_keep_their_lines():
    text = "# Title\nOne. Second\none, v1.2 of `a. B`? Third\n[link\ntext](url. X)\n- item\n  more\n- 2\n\n`x` ends."
    assert list(sentences(text)) == [
        (2, "One."),
        (2, "Second one, v1.2 of CODE?"),
        (3, "Third link text"),
        (6, "item more"),
        (8, "2"),
        (10, "CODE ends."),
    ]


def test_code_over_the_end_of_a_line_keeps_the_lines_after_it():
    assert list(sentences("Run `a\nb`. Then\nthis. Last.")) == [(1, "Run CODE."), (2, "Then this."), (3, "Last.")]


def test_the_exit_code_and_the_lines_of_a_repository(tmp_path, capsys):
    printed = ("docs/reference/page.md", "docs/results/page.md")
    for name in ("README.md", "CONTRIBUTING.md", "weights/README.md", "docs/sub/page.md", *printed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Fine.\n" if "sub" not in name else "Fine.\n\nIt is told.\n")
    for name in printed:
        (tmp_path / name).write_text("It is told.\n")
    assert main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        'docs/sub/page.md:3: "is told": is reported',
        "1 problems in 4 pages",
    ]
