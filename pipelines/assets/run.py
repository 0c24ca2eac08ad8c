"""Running the job in this process, as `aicost run` does, with its history in the same instance that the UI shows."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import duckdb

from pipelines import paths
from pipelines.assets.automation import JOB
from pipelines.assets.common import BUILD
from pipelines.assets.feeds import PARTITION
from pipelines.assets.outdated import outdated
from pipelines.warehouse.build import BuildBusy, locked

#: Of the checks that stop nothing, those that tell what of the feeds was not used.
TOLD = ("feeds_are_readable", "no_content_was_refused")


@dataclass
class Outcome:
    """How a run ended: what failed, which checks broke with how many rows, and which of those that stop nothing."""

    success: bool
    errors: list[str] = field(default_factory=list)
    broken_checks: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def clear_dead_runs(instance: dg.DagsterInstance) -> None:
    """Mark as failed the runs whose process was killed: the daemon would wait for their end before it starts another.

    A run that builds holds the build's lock, and one that fetches (only feeds have partitions) that of fetching; while
    nobody holds it, none of the kind is alive.
    """
    begun = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=begun)):
        with suppress(BuildBusy), locked(paths.fetching() if PARTITION in run.tags else paths.build()):
            instance.report_run_failed(run, "its process ended before it did")


def run_job(defs: dg.Definitions, instance: dg.DagsterInstance, *, anew: bool = False) -> Outcome:
    """Make every table that is outdated and publish; `anew` makes all of them."""
    clear_dead_runs(instance)
    selection = None
    if not anew:
        with suppress(BuildBusy, duckdb.Error, OSError):  # which the run then tells
            selection = sorted(outdated(defs, instance))
    result = defs.resolve_job_def(JOB).execute_in_process(
        instance=instance,
        asset_selection=selection,
        raise_on_error=False,
        run_config={
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            "resources": {BUILD: {"config": {"anew": anew}}},
        },
    )
    outcome = Outcome(result.success)
    for event in result.all_events:
        if event.is_step_failure:
            outcome.errors.append(_told(event))
        elif event.event_type is dg.DagsterEventType.PIPELINE_FAILURE and not outcome.errors:
            outcome.errors.append(_deepest(event.job_failure_data.error))
    outcome.errors = [error for error in outcome.errors if "blocking asset check" not in error]  # told below, with rows
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            outcome.broken_checks.append(_broken(evaluation))
        elif not evaluation.passed and evaluation.check_name in TOLD:
            outcome.warnings.append(_broken(evaluation))
    return outcome


def _broken(evaluation: dg.AssetCheckEvaluation) -> str:
    """A broken check with its first offending rows."""
    name = f"{'.'.join(evaluation.asset_key.path)}: {evaluation.check_name} does not hold"
    rows = evaluation.metadata.get("rows")
    if not isinstance(rows, dg.TableMetadataValue):
        return name
    shown = [", ".join(f"{column} = {value}" for column, value in row.data.items()) for row in rows.records[:3]]
    return "\n  ".join([f"{name}:", *shown])


def _told(event: dg.DagsterEvent) -> str:
    """What failed and why: a step of several tables says which, another is called like its table."""
    data = event.step_failure_data
    if data.user_failure_data is not None:
        return str(data.user_failure_data.description)
    return f"{(event.step_key or '').replace('__', '.')}: {_deepest(data.error)}"


def _deepest(error: Any) -> str:
    """The message of what went wrong first, without the class of its exception."""
    while error is not None and error.cause is not None:
        error = error.cause
    return "" if error is None else str(error.message).split(": ", 1)[-1].strip()
