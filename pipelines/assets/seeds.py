"""One asset a seed file: read, typed, checked, and its refused rows set aside. All of them are one step."""

from collections.abc import Iterator

import dagster as dg

from pipelines import paths, seeds
from pipelines.assets.common import (
    BUILD,
    OWNERS,
    asset_key,
    build_of,
    check_result,
    code_version,
    made,
    table_metadata,
)
from pipelines.problems import InputError
from pipelines.schemas.base import TableModel, description_of, name_of, seed_of
from pipelines.seeds import in_order, referenced, typed_name
from pipelines.validation import typed_columns
from pipelines.warehouse.build import Build
from pipelines.warehouse.inputs import code, file_hashes
from pipelines.warehouse.verify import CheckOutcome

ACCEPTED = "every_row_is_accepted"
PROMISE = "No row of the file was refused: each keeps its model's rules, and its references are there."


def seed_assets() -> dg.AssetsDefinition:
    """Every seed file's asset. Where files cannot be read, the others are read all the same, so that one run tells all
    that is wrong; what refers to them waits."""
    version = code_version("schemas", "csv_text.py", "values.py", "validation.py")
    accepted = [
        dg.AssetCheckSpec(ACCEPTED, asset=asset_key(typed_name(model)), description=PROMISE) for model in in_order()
    ]

    @dg.multi_asset(
        name="seed_files",
        specs=[_spec(model, version) for model in in_order()],
        check_specs=accepted,
        can_subset=True,
        required_resource_keys={BUILD},
    )
    def seed_files(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        unread: dict[str, str] = {}
        for model in in_order():
            table = typed_name(model)
            if asset_key(table) not in context.selected_asset_keys or unread.keys() & set(referenced(model)):
                continue
            try:
                yield _read(build_of(context), model, version)
            except InputError as error:
                unread[table] = f"{table}: {error}"
        if unread:
            raise dg.Failure("\n".join(unread.values()), allow_retries=False)

    return seed_files


def _spec(model: TableModel, version: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        asset_key(typed_name(model)),
        description=f"{description_of(model)} From `seeds/{seed_of(model)}` and overlays.",
        deps=[asset_key(name) for name in referenced(model)],
        group_name="seeds",
        kinds={"csv", "pandera"},
        owners=OWNERS,
        code_version=version,
        metadata=table_metadata(name_of(model)),
    )


def _read(build: Build, model: TableModel, version: str) -> dg.MaterializeResult:
    """Read a seed, unless it was read with the same rows to refer to and no row of either was refused.

    Raises:
        InputError: the file is none that rows can be read from.
    """
    table, upstream = typed_name(model), referenced(model)
    files = seeds.files_of(model, paths.SEEDS, seeds.overlays_from_environment())
    made_from = {**build.content_hashes(upstream), **file_hashes(files), **code()}
    content = build.made_already(table, typed_columns(model), made_from, version)
    rows: list[dict[str, str]] = []
    if content is None or build.refuses(table, *upstream):
        tables = {name: build.frame(name) for name in upstream}
        validated = seeds.read(model, files, tables, {name: build.lost(name) for name in upstream})
        if fatal := [problem for problem in validated.problems if problem.fatal]:
            raise InputError(fatal)
        build.quarantine(table, validated.refused)
        content = build.write_frame(table, typed_columns(model), validated.frame, made_from, version)
        rows = [{"problem": str(problem)} for problem in validated.problems]
    refused = CheckOutcome(ACCEPTED, "", blocking=False, failures=len(rows), rows=rows[:20])
    return made(table, content, [check_result(refused, table)])
