"""One asset a seed file: read, typed, checked, and its refused rows set aside."""

import dagster as dg

from pipelines import paths, seeds
from pipelines.assets.common import (
    BUILD,
    OWNERS,
    build_of,
    check_result,
    code_version,
    made,
    table_metadata,
)
from pipelines.schemas.base import TableModel, description_of, name_of, seed_of
from pipelines.seeds import in_order, referenced, typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse.inputs import code, file_hashes
from pipelines.warehouse.verify import CheckOutcome

ACCEPTED = "every_row_is_accepted"


def seed_asset(model: TableModel) -> dg.AssetsDefinition:
    """The asset of a seed file and the overlays' files of its name."""
    table = typed_name(model)
    key = dg.AssetKey(table.split("."))
    version = code_version("schemas", "csv_text.py", "values.py", "validation.py")
    promise = "No row of the file was refused: each keeps its model's rules, and its references are there."
    accepted = dg.AssetCheckSpec(ACCEPTED, asset=key, description=promise)

    @dg.asset(
        key=key,
        description=f"{description_of(model)} From `seeds/{seed_of(model)}` and overlays.",
        deps=[dg.AssetKey(name.split(".")) for name in referenced(model)],
        group_name="seeds",
        kinds={"csv", "pandera"},
        owners=OWNERS,
        required_resource_keys={BUILD},
        code_version=version,
        metadata=table_metadata(name_of(model)),
        check_specs=[accepted],
    )
    def seed(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        build = build_of(context)
        files = seeds.files_of(model, paths.SEEDS, seeds.overlays_from_environment())
        upstream = referenced(model)
        made_from = {**build.content_hashes(upstream), **file_hashes(files), **code()}
        content = build.made_already(table, typed_columns(model), made_from, version)
        if content and not build.refuses(table, *upstream):
            return made(content, [check_result(CheckOutcome(ACCEPTED, "", False, 0, []), table)])
        tables = {name: build.frame(name) for name in upstream}
        validated = seeds.read(model, files, tables, {name: build.lost(name) for name in upstream})
        if fatal := [problem for problem in validated.problems if problem.fatal]:
            raise dg.Failure("\n".join(str(problem) for problem in fatal), allow_retries=False)
        build.quarantine(table, validated.refused)
        content = build.write_frame(table, typed_columns(model), validated.frame, made_from, version)
        rows = [{"problem": str(problem)} for problem in validated.problems]
        refused = CheckOutcome(ACCEPTED, "", blocking=False, failures=len(rows), rows=rows[:20])
        return made(content, [check_result(refused, table)])

    return seed


def seed_assets() -> list[dg.AssetsDefinition]:
    """Every seed file's asset."""
    return [seed_asset(model) for model in in_order()]
