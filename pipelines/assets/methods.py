"""One asset a method: a table that a function of tables makes."""

import dagster as dg

from pipelines.assets.common import BUILD, OWNERS, build_of, check_specs, made, outcomes, table_metadata
from pipelines.assets.sql import GROUPS
from pipelines.methods.method import Method
from pipelines.methods.registry import METHODS, code_version
from pipelines.schemas import TABLES
from pipelines.schemas.base import description_of


def method_asset(method: Method) -> dg.AssetsDefinition:
    """The asset of a table that a method makes."""

    @dg.asset(
        key=dg.AssetKey(method.name.split(".")),
        description=f"{description_of(TABLES[method.name])}\n\n{method.about}",
        deps=[dg.AssetKey(name.split(".")) for name in method.reads],
        group_name=GROUPS[method.name.split(".")[0]],
        kinds={"polars", "duckdb"},
        owners=OWNERS,
        required_resource_keys={BUILD},
        code_version=code_version(),
        metadata=table_metadata(method.name),
        check_specs=check_specs(method.name),
    )
    def table(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        content = build_of(context).write_method(method)
        return made(content, outcomes(build_of(context), method.name))

    return table


def method_assets() -> list[dg.AssetsDefinition]:
    """Every method's asset."""
    return [method_asset(method) for method in METHODS.values()]
