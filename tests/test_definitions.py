"""The list of what Dagster loads, pinned: adding to it is deliberate."""

import subprocess
import sys

import dagster as dg
import pytest

from pipelines import paths
from pipelines.assets.automation import JOB, daily
from pipelines.assets.run import clear_dead_runs
from pipelines.definitions import defs
from pipelines.feeds import history, registry
from pipelines.schemas import TABLES
from pipelines.warehouse import inputs
from pipelines.warehouse.build import locked

SEEDS = """
ref.benchmark ref.capability_floor ref.cost_basis ref.cost_parameter ref.currency ref.feed_acceptance
ref.feed_correction ref.hardware ref.holiday ref.metric ref.model ref.model_alias ref.organization ref.plausible_range
ref.price_deflator ref.price_window ref.price_window_name ref.provider_name ref.service_tier ref.source
ref.source_copy ref.subject ref.token_class ref.training_date ref.usage_field ref.workload
seeds.api_prices seeds.blended_prices seeds.cache_rules seeds.capability_claims seeds.capability_scores seeds.compute
seeds.conflicts seeds.hardware_prices seeds.retirements seeds.revenues seeds.stated_bills seeds.statements
seeds.training_costs seeds.trend_claims seeds.valuations
""".split()
FEEDS = """
aider-leaderboards arena-catalog arena-csv ecb-rates epoch-benchmarks genai-prices genai-prices-json litellm llmledger
model-prices models-dev models-dev-models openrouter portkey tokencost tokencostauto
""".split()
OBSERVED = """
feeds.content feeds.ecb_rate feeds.feed feeds.price_run feeds.price_statement feeds.score_run feeds.score_statement
feeds.set_aside_entry feeds.snapshot
""".split()
FACTS = """
facts.api_price facts.blended_price facts.cache_rule facts.capability_claim facts.capability_score facts.compute
facts.fact facts.fx_rate facts.hardware_price facts.retirement facts.revenue facts.stated_bill facts.training_cost
facts.trend_claim facts.valuation ref.price_series
""".split()
RECONCILING = """
work.price_event work.price_known work.price_regime work.price_standing work.price_step
""".split()
MARTS = """
marts.agent_loop_cost marts.api_price marts.api_price_change marts.api_price_conflict marts.api_price_gap
marts.api_price_sighting marts.cache_break_even marts.cache_economics marts.cache_history marts.cache_rate
marts.cache_ttl_choice marts.capability_frontier marts.compute_ratio marts.cost_per_capability marts.fact_conflict
marts.fact_ratio marts.gpu_hour_cost marts.model_price marts.price_decline marts.price_index marts.price_to_reach
marts.stated_bill marts.stated_conversion marts.training_cost_by_method marts.training_cost_decomposition
marts.training_cost_input marts.training_cost_ratio marts.training_run marts.trend_claim_check marts.unresolved_name
marts.valuation_multiple marts.workload_cost
""".split()
RELEASE = """
meta.column meta.feed meta.feed_gap meta.feed_set_aside meta.feed_snapshot meta.lineage
meta.quarantine meta.source_coverage warehouse
""".split()
CHECKS = """
facts.capability_claim:ordinal_claims_have_no_cycle
facts.compute:stages_fit_in_the_run
facts.fact:facts_are_known_since_some_time
facts.fact:superseding_facts_are_known_later
feeds.content:no_content_was_refused
feeds.price_statement:feed_corrections_are_still_needed
feeds.snapshot:feeds_are_readable
marts.api_price:retired_skus_have_no_rate
marts.gpu_hour_cost:gpu_hours_have_a_plausible_price
marts.training_cost_by_method:costs_lacking_an_input_name_it
marts.training_cost_decomposition:factors_multiply_to_the_ratio
marts.training_cost_ratio:only_comparable_costs_compare
marts.training_run:runs_have_a_plausible_length
meta.source_coverage:statements_are_accounted_for
""".split()


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_the_assets_by_group(graph):
    groups = {}
    for key in graph.get_all_asset_keys():
        groups.setdefault(graph.get(key).group_name, []).append(".".join(key.path))
    assert {name: sorted(keys) for name, keys in groups.items()} == {
        "seeds": SEEDS,
        "feeds": [f"feeds.{name}" for name in FEEDS],
        "observed": OBSERVED,
        "facts": FACTS,
        "reconciling": RECONCILING,
        "marts": MARTS,
        "release": RELEASE,
    }


def test_the_checks(graph):
    named = sorted(f"{'.'.join(check.asset_key.path)}:{check.name}" for check in graph.asset_check_keys)
    schemas = [f"{name}:schema" for name in TABLES if name in graph_names(graph) - set(SEEDS)]
    accepted = [f"{name}:every_row_is_accepted" for name in SEEDS]
    assert named == sorted(CHECKS + schemas + accepted)


def graph_names(graph) -> set[str]:
    return {".".join(key.path) for key in graph.get_all_asset_keys()}


def test_the_jobs_and_schedules():
    repository = defs.get_repository_def()
    names = [name.replace("-", "_") for name in FEEDS]
    jobs = sorted(job.name for job in repository.get_all_jobs() if not job.name.startswith("__"))
    assert jobs == ["build_and_publish", *(f"fetch_{name}" for name in names)]
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert sorted(schedules) == sorted(["daily", *(f"{name}_feed" for name in names)])
    assert all(schedule.default_status is dg.DefaultScheduleStatus.RUNNING for schedule in schedules.values())
    assert all(schedule.execution_timezone == "UTC" for schedule in schedules.values())
    assert schedules["daily"].cron_schedule == "0 6 * * *"
    assert {feed.name: schedules[f"{feed.name.replace('-', '_')}_feed"].cron_schedule for feed in registry.FEEDS} == {
        feed.name: feed.cron for feed in registry.FEEDS
    }


def test_the_release_is_downstream_of_every_published_table_and_its_blocking_checks(graph):
    warehouse = graph.get(dg.AssetKey("warehouse"))
    published = {name for name in graph_names(graph) if name.split(".")[0] in ("ref", "facts", "marts", "meta")}
    assert {".".join(key.path) for key in warehouse.parent_keys} == published
    assert {check.name for check in graph.asset_check_keys if not graph.get(check).blocking} == {
        "every_row_is_accepted", "feeds_are_readable", "no_content_was_refused", "feed_corrections_are_still_needed",
    }  # fmt: skip


def test_every_asset_says_what_it_is_whose_it_is_and_how_it_is_made(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key


def test_columns_are_shown_with_unit_and_origin(graph):
    schema = graph.get(dg.AssetKey(["marts", "gpu_hour_cost"])).metadata["dagster/column_schema"]
    shown = {column.name: column for column in schema.columns}
    assert "[USD per GPU-hour]" in shown["usd_per_gpu_hour"].description
    assert "from facts.training_cost.assumed_usd_per_gpu_hour, marts.fact_ratio.ratio" in (
        shown["usd_per_gpu_hour"].description
    )
    assert shown["usd_per_gpu_hour"].type == "DOUBLE"


def test_the_schedule_skips_with_the_reason_when_nothing_changed(published, monkeypatch):
    context = dg.build_schedule_context()
    assert "nothing changed" in daily(context).skip_message
    monkeypatch.setattr(inputs, "input_hash", lambda *_: "another")
    assert isinstance(daily(context), dg.RunRequest)


def test_the_daily_build_takes_what_a_feed_brought(published, monkeypatch):
    held = {**history.fingerprint(), "snapshots/litellm": "another"}
    monkeypatch.setattr(history, "fingerprint", lambda: held)
    assert isinstance(daily(dg.build_schedule_context()), dg.RunRequest)


def test_only_the_wiring_imports_dagster():
    lower_floors = "pipelines.cli, pipelines.warehouse.release, pipelines.feeds.ecb_rates"
    code = f"import sys, {lower_floors}; print('dagster' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_run_whose_process_was_killed_does_not_hold_up_the_next(home):
    with dg.DagsterInstance.ephemeral() as instance:
        killed = instance.create_run_for_job(defs.resolve_job_def(JOB), status=dg.DagsterRunStatus.STARTED)
        with locked(paths.build()):
            clear_dead_runs(instance)  # somebody builds: the run may be alive
        assert instance.get_run_by_id(killed.run_id).status is dg.DagsterRunStatus.STARTED
        clear_dead_runs(instance)
        assert instance.get_run_by_id(killed.run_id).status is dg.DagsterRunStatus.FAILURE
