import pandas as pd
import pytest
import yaml

from face_parsing.parameters import Tree
from tools.ablations import SEEDS, STUDIES, table

VARIANTS = [(study, name) for study in STUDIES for name in STUDIES[study].variants]


@pytest.mark.parametrize(("study", "name"), VARIANTS)
def test_each_variant_sets_parameters_that_there_are_to_values_that_they_take(study, name):
    with open("params.yaml", encoding="utf-8") as file:
        tree = yaml.safe_load(file)
    for setting in (*STUDIES[study].schedule, *STUDIES[study].variants[name].changes):
        path, _, value = setting.partition("=")
        *sections, key = path.split(".")
        section = tree
        for part in sections:
            section = section[part]
        assert section[key] != yaml.safe_load(value)
        section[key] = yaml.safe_load(value)
    Tree.model_validate(tree)


def test_the_table_gives_means_deviations_and_what_a_change_gains_with_the_same_seed():
    study = STUDIES["parts"]
    base = {0: 0.1, 1: 0.4, 2: 0.7}
    runs = {(name, seed): {"JF": base[seed], "J_mean": 0.5, "F_mean": 0.7} for name in study.variants for seed in SEEDS}
    for seed in SEEDS:
        runs["ocrnet", seed]["JF"] = base[seed] - 0.05
    lines = table(study, pd.DataFrame(runs).T).splitlines()
    assert "| EANet-Cat | 0.400 ± 0.300 | 0.500 ± 0.000 | 0.700 ± 0.000 |  |" in lines
    assert "| OCRNet | 0.350 ± 0.300 | 0.500 ± 0.000 | 0.700 ± 0.000 | -0.050 ± 0.000 |" in lines
