"""One asset a `.sql` file: its dependencies and columns are read from the file."""

import dagster as dg

from pipelines.assets.common import BUILD, OWNERS, build_of, check_specs, made, outcomes, table_metadata
from pipelines.schemas import TABLES
from pipelines.schemas.base import description_of
from pipelines.warehouse.sql_models import SqlModel, sql_models

GROUPS = {
    "feeds": "observed",
    "ref": "facts",
    "facts": "facts",
    "work": "reconciling",
    "marts": "marts",
    "meta": "release",
}


def sql_asset(model: SqlModel) -> dg.AssetsDefinition:
    """The asset of a table that SQL makes."""

    @dg.asset(
        key=dg.AssetKey(model.name.split(".")),
        description=f"{description_of(TABLES[model.name])}\n\n{model.about}\n\nGrain: {model.grain}.",
        deps=[dg.AssetKey(name.split(".")) for name in model.reads],
        group_name=GROUPS[model.name.split(".")[0]],
        kinds={"sql", "duckdb"},
        owners=OWNERS,
        required_resource_keys={BUILD},
        code_version=model.code_version,
        metadata=table_metadata(model.name),
        check_specs=check_specs(model.name),
    )
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        content = build_of(context).write_sql(model)
        return made(content, outcomes(build_of(context), model.name))

    return table


def sql_assets() -> list[dg.AssetsDefinition]:
    """Every SQL file's asset."""
    return [sql_asset(model) for model in sql_models().values()]
