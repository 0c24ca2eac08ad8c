"""The description of every table and column, one pandera model a table: the only place where they are described."""

from pipelines.schemas import facts, feeds, marts, meta, price_marts, prices, ref, work
from pipelines.schemas.base import TableModel, is_table, name_of, seed_of

#: Every table by its published name, lower layers first.
TABLES: dict[str, TableModel] = {
    name_of(model): model
    for module in (ref, prices, feeds, facts, meta, work, marts, price_marts)
    for model in vars(module).values()
    if isinstance(model, type) and model.__module__ == module.__name__ and is_table(model)
}

#: The tables that people write, by seed file name.
SEEDS: dict[str, TableModel] = {seed: model for model in TABLES.values() if (seed := seed_of(model))}

__all__ = ["SEEDS", "TABLES"]
