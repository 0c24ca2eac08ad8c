"""What the assets share: the open build as a resource, how a table's columns are shown, and how a check's outcome is
reported.
"""

from collections.abc import Iterator

import dagster as dg

from pipelines import paths
from pipelines.feeds import ecb_rates, history
from pipelines.hashing import hash_of
from pipelines.schemas import TABLES
from pipelines.schemas.base import columns
from pipelines.warehouse.build import Build
from pipelines.warehouse.ddl import data_type, described
from pipelines.warehouse.lineage import dotted, lineage
from pipelines.warehouse.made import Content
from pipelines.warehouse.verify import SCHEMA, SCHEMA_PROMISE, CheckOutcome, checks_of, verify

OWNERS = ["team:ai-cost-warehouse"]
BUILD = "build_database"
#: The published file.
WAREHOUSE = dg.AssetKey("warehouse")
#: The tag in which Dagster keeps what an asset holds.
DATA_VERSION = "dagster/data_version"


@dg.resource(
    description="The build database, opened under its lock for the length of a run.",
    config_schema={
        "anew": dg.Field(
            bool, default_value=False, description="Make every table again, also one of the same inputs and code."
        )
    },
)
def build_database(context: dg.InitResourceContext) -> Iterator[Build]:
    """Open the build for the run, and close it after. From the first run on there are rates of exchange."""
    with Build.opened(paths.build()) as opened:
        if context.resource_config["anew"]:
            opened.forget()
        ecb_rates.keep_installed(history.store())
        yield opened


def asset_key(table: str) -> dg.AssetKey:
    """The asset of a table."""
    return dg.AssetKey(table.split("."))


def build_of(context: dg.AssetExecutionContext) -> Build:
    """The run's open build."""
    build: Build = context.resources.build_database
    return build


def code_version(*files: str) -> str:
    """The version of the code in these files or folders of `pipelines`, and of what it runs on."""
    return hash_of(*(paths.CODE / file for file in files), paths.LOCK)[:12]


def table_metadata(table: str) -> dict[str, dg.TableSchema | dg.TableColumnLineage]:
    """The columns of a table with type, unit, meaning and origin, as the UI shows them."""
    origins = lineage().get(table, {})
    shown, lineage_by_column = [], {}
    for column in columns(TABLES[table]):
        sources = origins.get(column.name, ())
        origin = " — from " + ", ".join(dotted(source) for source in sources) if sources else ""
        constraints = dg.TableColumnConstraints(nullable=column.nullable)
        shown.append(dg.TableColumn(column.name, data_type(column.dtype), described(column) + origin, constraints))
        lineage_by_column[column.name] = [
            dg.TableColumnDep(asset_key=asset_key(name), column_name=source) for name, source in sources
        ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=shown),
        "dagster/column_lineage": dg.TableColumnLineage(lineage_by_column),
    }


def check_specs(table: str) -> list[dg.AssetCheckSpec]:
    """The checks that `outcomes` reports."""
    key = asset_key(table)
    return [dg.AssetCheckSpec(SCHEMA, asset=key, description=SCHEMA_PROMISE, blocking=True)] + [
        dg.AssetCheckSpec(check.name, asset=key, description=check.about, blocking=check.blocking)
        for check in checks_of(table)
    ]


def outcomes(build: Build, table: str) -> list[dg.AssetCheckResult]:
    """Run the checks of a table."""
    return [check_result(outcome, table) for outcome in verify(build, table)]


def check_result(outcome: CheckOutcome, table: str) -> dg.AssetCheckResult:
    """A check's outcome, with the offending rows as a table."""
    metadata: dict[str, dg.MetadataValue] = {"offending_rows": dg.MetadataValue.int(outcome.failures)}
    if outcome.rows:
        records = [dg.TableRecord({k: str(v) for k, v in row.items()}) for row in outcome.rows]
        shown = [dg.TableColumn(name) for name in outcome.rows[0]]
        metadata["rows"] = dg.MetadataValue.table(records, schema=dg.TableSchema(columns=shown))
    return dg.AssetCheckResult(
        passed=outcome.passed,
        check_name=outcome.name,
        asset_key=asset_key(table),
        severity=dg.AssetCheckSeverity.ERROR if outcome.blocking else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def made(table: str, content: Content, checks: list[dg.AssetCheckResult]) -> dg.MaterializeResult:
    """What is told of a table: row count, bytes, content hash and its checks."""
    return dg.MaterializeResult(
        asset_key=asset_key(table),
        metadata={
            "dagster/row_count": content.row_count,
            "bytes": content.bytes,
            "content_hash": content.content_hash,
        },
        data_version=dg.DataVersion(content.content_hash),
        check_results=checks,
    )
