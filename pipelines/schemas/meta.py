"""Meta tables: how the file came to be. `statements.csv` and `conflicts.csv` are ledgers that people write about facts;
the rest is written by the build.
"""

import polars as pl

from pipelines.schemas.base import SLUG, Instant, Table, Texts, field
from pipelines.schemas.envelope import rule
from pipelines.schemas.marts import FactConflict

DISPOSITIONS = ("loaded", "repeats", "attribute of another fact", "not_a_fact", "out_of_scope")


class Statement(Table):
    """A statement of a source and what became of it: as people record it."""

    statement_id: str = field("Id of the statement; a fact it was loaded as has the same id, or that and a letter.")
    source_id: str = field("The source.", references="ref.source")
    source_locator: str = field("Where in the source.", nullable=True, prose=True)
    quote: str = field("The source's own words, short.", prose=True)
    disposition: str = field("What became of it.", values=DISPOSITIONS)
    target: str = field("The fact that it repeats or belongs to.", nullable=True, references="any fact")
    reason: str = field("Why it was not simply loaded.", nullable=True, prose=True)
    origin: str = field("The file that carries the row: a shipped seed or an overlay.", filled_by="reader")

    class Config:
        name = "seeds.statements"
        metadata = {"key": ("statement_id",), "seed": "statements.csv"}

    @rule("reason: a statement that is not loaded says why | fill reason")
    def not_loading_is_explained(cls) -> pl.Expr:
        return (pl.col("disposition") == "loaded") | pl.col("reason").is_not_null()

    @rule("target: a repetition or an attribute names its fact | fill target")
    def dependents_name_their_fact(cls) -> pl.Expr:
        dependent = pl.col("disposition").is_in(["repeats", "attribute of another fact"])
        return ~dependent | pl.col("target").is_not_null()


class JudgedConflict(Table):
    """A conflict that a person judged; `marts.fact_conflict` adds those that a query finds."""

    conflict_id: str = field("Slug of the conflict; several pairs may share one.", str_matches=SLUG)
    fact_a: str = field("A fact or statement.", references="any fact")
    fact_b: str = field(
        "What it conflicts with; empty where a statement is wrong by itself.", nullable=True, references="any fact"
    )
    topic: str = field("What they are about.", prose=True)
    kind: str = field(
        "What kind of conflict it is.", values=FactConflict.to_schema().columns["kind"].metadata["values"]
    )
    resolution: str = field("Which one we use, or why both stand.", prose=True)
    origin: str = field("The file that carries the row: a shipped seed or an overlay.", filled_by="reader")

    class Config:
        name = "seeds.conflicts"
        metadata = {"key": ("conflict_id", "fact_a", "fact_b"), "seed": "conflicts.csv"}


class SourceCoverage(Table):
    """A statement of a source and what became of it: loaded, or why not."""

    source_id: str = field("The source.", references="ref.source")
    statement_id: str = field("The statement.")
    source_locator: str = field("Where in the source.", nullable=True)
    disposition: str = field("What became of it.", values=DISPOSITIONS)
    fact_ids: Texts = field("The facts that came of it; empty where none did.")
    target: str = field("The fact that it repeats or belongs to.", nullable=True)
    reason: str = field("Why it was not simply loaded.", nullable=True)
    quote: str = field("The source's own words, short.")

    class Config:
        name = "meta.source_coverage"
        metadata = {"key": ("source_id", "statement_id")}


class Quarantine(Table):
    """A refused row of a seed or overlay. Nothing that depends on it is published."""

    file: str = field("The file.")
    line: int = field("Physical line on which the row starts.")
    column: str = field("The column; empty where the whole row is meant.", nullable=True)
    value: str = field("The refused value as written.", nullable=True)
    rule: str = field("The rule it breaks.")
    fix: str = field("What to do.")
    row_text: str = field("The row as read, as a JSON object.")

    class Config:
        name = "meta.quarantine"
        metadata = {"key": ("file", "line", "column", "rule")}


class ColumnEntry(Table):
    """A column of a published table: the data dictionary."""

    table_name: str = field("The table, `schema.table`.")
    column_name: str = field("The column.")
    position: int = field("Its place in the table, from 1.")
    data_type: str = field("DuckDB type.")
    is_nullable: bool = field("Whether NULL (unknown) may occur.")
    unit: str = field("Unit of the values.", nullable=True)
    description: str = field("What it means.")
    allowed_values: Texts = field("The values that may occur, where they are listed.", nullable=True)
    from_columns: Texts = field("The columns that it is computed from.")

    class Config:
        name = "meta.column"
        metadata = {"key": ("table_name", "column_name")}


class Lineage(Table):
    """A column that flows into a column, read from the SQL."""

    table_name: str = field("The table that is computed.")
    column_name: str = field("Its column.")
    source_table: str = field("The table read.")
    source_column: str = field("The column read.")

    class Config:
        name = "meta.lineage"
        metadata = {"key": ("table_name", "column_name", "source_table", "source_column")}


class Derivation(Table):
    """A fact that a mart row was computed from."""

    table_name: str = field("The mart.")
    row_key: str = field("The row's key columns, joined by ` | `; empty where NULL.")
    fact_id: str = field("The fact.", references="facts.fact")

    class Config:
        name = "meta.derivation"
        metadata = {"key": ("table_name", "row_key", "fact_id")}


class Release(Table):
    """A table of this release, with what it was made of."""

    table_name: str = field("The table.")
    row_count: int = field("Its rows.")
    content_hash: str = field("Hash of its rows, whatever their order: the same content gives the same hash.")
    release_id: str = field("The release: its time and its input hash.")
    released_at: Instant = field("When it was made, UTC.")
    git_commit: str = field("The commit of the code; NULL outside a checkout.", nullable=True)
    input_hash: str = field("Hash of everything it was made from: seeds, overlays, SQL, code and lock.")

    class Config:
        name = "meta.release"
        metadata = {"key": ("table_name",)}
