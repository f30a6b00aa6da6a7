import re
import sys

from tests.repositories import ROOT
from tools import sizes


def test_the_table_has_a_row_for_each_network_of_a_profile(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sizes, "MODEL_NAMES", ("eanet_cat",))
    monkeypatch.setattr(sys, "argv", ["sizes", "mini"])
    sizes.main()
    header, rule, *rows = capsys.readouterr().out.splitlines()
    assert header == "| profile | network | parameters, M | GFLOPs | training, GiB |" and rule == "|---" * 5 + "|"
    figures = {}
    for row in rows:
        network, *numbers = re.fullmatch(r"\| mini \| (\w+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", row).groups()
        figures[network] = [float(number) for number in numbers]
    assert list(figures) == ["detector", "eanet_cat"]
    assert all(number > 0 for row in figures.values() for number in row)
