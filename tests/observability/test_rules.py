"""The rules' files; what the rules do is tested by promtool, see `test_promtool.py`."""

import re
from typing import Any

import pytest

from model_service.settings import ServiceSettings
from streams.settings import StreamSettings
from tests.markdown import anchors
from tests.observability import exposed, promql
from tests.observability.definitions import PROMETHEUS, ROOT, Rule, alerts, load_yaml, recordings, rules

EACH_RULE = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
EACH_ALERT = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)

RUNBOOKS = "docs/runbooks.md"
WORKER_PORT = StreamSettings.model_fields["web_port"].default
MODEL_PORT = ServiceSettings.model_fields["service_metrics_port"].default


@EACH_RULE
def test_rule_asks_for_metrics_and_labels_that_there_are(rule: Rule) -> None:
    asked = promql.selectors(rule.expression)
    assert {each.metric for each in asked} <= exposed.names()
    known = exposed.labels_of()
    for each in asked:
        assert each.labels <= known.get(each.metric, each.labels), each


@pytest.mark.parametrize("rule", recordings(), ids=lambda rule: rule.name)
def test_recorded_name_is_level_metric_operation(rule: Rule) -> None:
    assert re.fullmatch(r"modstream:[a-z_]+:[a-z0-9_]+", rule.name)


def test_each_name_is_recorded_once() -> None:
    found = [each.name for each in recordings()]
    assert len(set(found)) == len(found)


@EACH_ALERT
def test_alert_says_how_bad_it_is_and_what_to_do(alert: Rule) -> None:
    assert alert.name.startswith("Modstream")
    assert alert.fields["labels"]["severity"] in {"critical", "warning"}
    assert alert.fields["for"]
    notes: dict[str, Any] = alert.fields["annotations"]
    assert notes.keys() == {"summary", "description", "runbook_url"}
    assert all(notes.values())


@EACH_ALERT
def test_alert_leads_to_its_runbook(alert: Rule) -> None:
    path, _, anchor = alert.fields["annotations"]["runbook_url"].partition("#")
    assert path == RUNBOOKS
    assert anchor == alert.name.lower()
    assert anchor in anchors((ROOT / path).read_text("utf-8"))


def test_runbooks_tell_of_no_alert_that_is_gone() -> None:
    headings = re.findall(r"^#+ (Modstream\w+)$", (ROOT / RUNBOOKS).read_text("utf-8"), re.MULTILINE)
    assert set(headings) == {each.name for each in alerts()}


def test_runbooks_show_metrics_that_there_are() -> None:
    named = set(re.findall(r"\b(?:modstream_\w+|modstream:[\w:]+)", (ROOT / RUNBOOKS).read_text("utf-8")))
    assert named
    histograms = {each.removesuffix("_bucket") for each in exposed.names()}
    assert named <= exposed.names() | histograms


def unit_tested(alert: str, *, fires: bool) -> bool:
    """Return whether promtool's tests have a case in which the alert fires, or one in which it does not."""
    files = [load_yaml(file) for file in (PROMETHEUS / "tests").glob("*.yml")]
    cases = [case for file in files for test in file["tests"] for case in test["promql_expr_test"]]
    mine = [case for case in cases if f'ALERTS{{alertname="{alert}"' in case["expr"]]
    return any(bool(case["exp_samples"]) == fires for case in mine)


@EACH_ALERT
def test_alert_fires_in_a_unit_test_and_is_quiet_in_another(alert: Rule) -> None:
    assert unit_tested(alert.name, fires=True)
    assert unit_tested(alert.name, fires=False)


def jobs() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load_yaml(PROMETHEUS / "prometheus.yml")["scrape_configs"]
    return found


def test_jobs_are_worker_and_model_as_the_rules_call_them() -> None:
    assert [each["job_name"] for each in jobs()] == ["worker", "model"]


def test_jobs_ask_the_ports_that_the_programs_listen_on() -> None:
    worker, model = jobs()
    (names,), (targets,) = worker["dns_sd_configs"], model["static_configs"]
    assert names["port"] == WORKER_PORT
    assert targets["targets"] == [f"model:{MODEL_PORT}"]
