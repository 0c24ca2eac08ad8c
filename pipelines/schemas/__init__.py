"""The description of every table, view and column, a pandera model each: the only place where they are described."""

from pipelines.schemas import (
    cache_marts,
    capability,
    facts,
    feeds,
    index_marts,
    marts,
    meta,
    price_marts,
    prices,
    ref,
    score_marts,
    training_marts,
    trend_marts,
    work,
    workload_marts,
)
from pipelines.schemas.base import TableModel, is_table, name_of, seed_of

MODULES = (
    ref,
    prices,
    feeds,
    facts,
    capability,
    meta,
    work,
    marts,
    price_marts,
    score_marts,
    trend_marts,
    index_marts,
    training_marts,
    cache_marts,
    workload_marts,
)

#: Every table by its published name, lower layers first.
TABLES: dict[str, TableModel] = {
    name_of(model): model
    for module in MODULES
    for model in vars(module).values()
    if isinstance(model, type) and model.__module__ == module.__name__ and is_table(model)
}

#: What a release shows of its tables, and does not hold a second time.
VIEWS: dict[str, TableModel] = {name_of(meta.Derivation): meta.Derivation}

#: The tables that people write, by seed file name.
SEEDS: dict[str, TableModel] = {seed: model for model in TABLES.values() if (seed := seed_of(model))}

__all__ = ["SEEDS", "TABLES", "VIEWS"]
