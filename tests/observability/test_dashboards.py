"""The dashboards' files. No Grafana takes part: what it would make of them is not tested."""

import re
from itertools import combinations

import pytest

from tests.observability import exposed, promql
from tests.observability.definitions import FOLDER, Panel, dashboards, load_yaml, panels

EACH_DASHBOARD = pytest.mark.parametrize("name", dashboards())
EACH_PANEL = pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel.name)

DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = {"__rate_interval": "1m", "__range": "1h"}
COLUMNS = 24


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_there_is_a_dashboard_for_each_reader() -> None:
    assert set(dashboards()) == {"pipeline", "model", "moderation"}


def test_dashboards_are_told_apart_by_uid_and_title() -> None:
    for field in ("uid", "title"):
        found = [each[field] for each in dashboards().values()]
        assert len(set(found)) == len(found), field


@EACH_DASHBOARD
def test_uid_is_the_file_name_so_that_links_stay(name: str) -> None:
    assert dashboards()[name]["uid"] == f"modstream-{name}"


@EACH_DASHBOARD
def test_panels_have_ids_and_titles_of_their_own(name: str) -> None:
    ids = [each["id"] for each in dashboards()[name]["panels"]]
    assert len(set(ids)) == len(ids)
    titles = [each.name for each in panels() if each.dashboard == name]
    assert len(set(titles)) == len(titles)


@EACH_DASHBOARD
def test_panels_are_in_the_grid_and_do_not_overlap(name: str) -> None:
    places = [each["gridPos"] for each in dashboards()[name]["panels"]]
    assert all(each["x"] >= 0 and each["x"] + each["w"] <= COLUMNS and each["h"] > 0 for each in places)
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []


@EACH_DASHBOARD
def test_data_source_is_a_choice_of_the_reader(name: str) -> None:
    (variable,) = dashboards()[name]["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )


@EACH_PANEL
def test_panel_says_what_it_shows_and_in_which_unit(panel: Panel) -> None:
    assert panel.fields["description"].endswith((".", ")"))
    if panel.fields["type"] == "heatmap":
        assert panel.fields["options"]["yAxis"]["unit"]
    elif panel.fields["type"] not in {"state-timeline", "table"}:
        assert panel.fields["fieldConfig"]["defaults"]["unit"]


@EACH_PANEL
def test_panel_asks_the_chosen_data_source(panel: Panel) -> None:
    assert panel.fields["datasource"] == DATA_SOURCE
    assert panel.expressions
    for target in panel.fields["targets"]:
        assert target["datasource"] == DATA_SOURCE
        assert target["expr"]
        assert target["instant"] != target["range"]
    ids = [each["refId"] for each in panel.fields["targets"]]
    assert len(set(ids)) == len(ids)


@EACH_PANEL
def test_panel_asks_for_metrics_and_labels_that_there_are(panel: Panel) -> None:
    for expression in panel.expressions:
        plain = promql.without_variables(expression, VARIABLES)
        asked = promql.selectors(plain)
        assert {each.metric for each in asked} <= exposed.names()
        known = exposed.labels_of()
        for each in asked:
            if each.metric in known:
                assert each.labels <= known[each.metric], each
        labels = {label for each in asked for label in known.get(each.metric, ())}
        if all(each.metric in known for each in asked):
            assert promql.grouped_labels(plain) <= labels, expression


@EACH_PANEL
def test_legend_names_labels_that_the_expression_keeps(panel: Panel) -> None:
    for target in panel.fields["targets"]:
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        kept = promql.grouped_labels(promql.without_variables(target["expr"], VARIABLES))
        assert named <= (kept or exposed.OF_EVERY_TARGET), target["expr"]


def test_grafana_finds_the_dashboards_and_the_data_source() -> None:
    provisioning = FOLDER / "grafana" / "provisioning"
    (provider,) = load_yaml(provisioning / "dashboards" / "modstream.yml")["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    (source,) = load_yaml(provisioning / "datasources" / "prometheus.yml")["datasources"]
    scraping = load_yaml(FOLDER / "prometheus" / "prometheus.yml")["global"]
    assert (source["type"], source["isDefault"]) == ("prometheus", True)
    assert source["jsonData"]["timeInterval"] == scraping["scrape_interval"]
