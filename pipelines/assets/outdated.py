"""Which assets a run has to make: what no longer fits its inputs, and all that depends on it. The others keep the event
that tells when they were made.
"""

from collections.abc import Sequence

import dagster as dg

from pipelines import paths, seeds
from pipelines.assets.common import DATA_VERSION, WAREHOUSE, asset_key
from pipelines.feeds import history
from pipelines.warehouse import inputs
from pipelines.warehouse.build import Build
from pipelines.warehouse.stale import stale
from pipelines.warehouse.verify import unheld


def outdated(defs: dg.Definitions, instance: dg.DagsterInstance) -> set[dg.AssetKey]:
    """The tables that are stale, or whose blocking checks did not hold, or of which Dagster does not know what the
    build holds; what is downstream of them; and the published file.

    Raises:
        BuildBusy: another process is building.
    """
    overlays = seeds.overlays_from_environment()
    with Build.opened(paths.build()) as build:
        made = {asset_key(name): table.content.content_hash for name, table in build.made.items()}
        now = inputs.present_to_this_process(overlays, history.fingerprint())
        old = {asset_key(name) for name in stale(build, now)}
        old |= {asset_key(name) for name in unheld(build)}
    known = _data_versions(instance, [*made])
    old |= {key for key, content in made.items() if known.get(key) != content}
    graph = defs.resolve_asset_graph()
    selection = dg.AssetSelection.assets(WAREHOUSE, *(old & graph.get_all_asset_keys())).downstream()
    return set(selection.required_multi_asset_neighbors().resolve(graph))


def _data_versions(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dict[dg.AssetKey, str | None]:
    """What Dagster last heard of each asset."""
    events = {
        record.asset_entry.asset_key: record.asset_entry.last_materialization
        for record in instance.get_asset_records(keys)
    }
    return {key: (event.tags or {}).get(DATA_VERSION) for key, event in events.items() if event is not None}
