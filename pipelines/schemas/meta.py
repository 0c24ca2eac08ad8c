"""Meta tables: how the file came to be. `statements.csv` and `conflicts.csv` are ledgers that people write about facts;
the rest is written by the build.
"""

import polars as pl

from pipelines.schemas.base import SLUG, Instant, Table, Texts, field
from pipelines.schemas.envelope import rule
from pipelines.schemas.feeds import REASONS, STATES
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


class Feed(Table):
    """A feed: what it can and cannot know, what is held of it, and what of that could not be used. A feed of which
    nothing is held is here, too."""

    feed: str = field("The feed.")
    source_id: str = field("The source that its facts cite.", references="ref.source")
    title: str = field("Title of the source.", nullable=True)
    knows: str = field("What it can know.")
    lacks: str = field("What it cannot know.")
    states: str = field(
        "Whether a snapshot states the rates of its time or a history with dates; NULL where it states no prices.",
        nullable=True,
        values=STATES,
    )
    asked: str = field("When it is asked while the UI runs, as a cron expression in UTC.")
    stale_after_days: int = field("After so long without anything new somebody should look.", unit="days")
    hole_after_days: int = field(
        "A longer silence is a hole (`meta.feed_gap`): what was carried over it is not known; NULL where none is.",
        unit="days",
        nullable=True,
    )
    snapshot_count: int = field("Snapshots held.")
    content_count: int = field("Distinct contents of them that prices were taken from.")
    bytes: int = field("Bytes of the snapshots, uncompressed.", unit="bytes")
    first_source_time: Instant = field("When its source published the first of them, UTC.", nullable=True)
    newest_source_time: Instant = field("When its source published the newest, UTC.", nullable=True)
    newest_version: str = field("The source's name for the newest, or when it was fetched.", nullable=True)
    newest_fetched_at: Instant = field(
        "When the newest was fetched, UTC; one that came with the installation counts as fetched at its source's time.",
        nullable=True,
    )
    row_count: int = field(
        "Rates in the newest content that was taken; of exchange rates, fixings of the currencies of `ref.currency`.",
        nullable=True,
    )
    score_count: int = field("Scores that it has stated and not withdrawn, of all boards that are held.")
    set_aside_count: int = field(
        "Values in the newest content that no rate or score was made of (`meta.feed_set_aside`)."
    )
    set_aside: Texts = field("How many of them for which reason, as `reason: count`.")
    unreadable_count: int = field("Snapshots that could not be read.")
    refused_count: int = field("Contents that were refused as a whole, since too much of them changed at once.")
    last_refused_because: str = field("Why the last of them was.", nullable=True)
    gap_count: int = field("Holes between contents.")

    class Config:
        name = "meta.feed"
        metadata = {"key": ("feed",)}


class FeedSnapshot(Table):
    """A snapshot, which is the bytes of one release of a feed, or of one fetch; and what was made of them."""

    feed: str = field("The feed.")
    version: str = field("The source's name for it, or when it was fetched.")
    source_time: Instant = field("When its source published it, UTC.")
    fetched_at: Instant = field(
        "When it was fetched, UTC; what came with the installation counts as fetched at its source's time."
    )
    address: str = field("Where it was fetched from.")
    sha256: str = field("Hash of its bytes.")
    size: int = field("Its bytes, uncompressed.", unit="bytes")
    problem: str = field("Why it could not be read; NULL where it could.", nullable=True)
    content_no: int = field(
        "Number of its content, which snapshots of equal bytes that follow one another share; NULL where none was "
        "taken of it.",
        nullable=True,
    )
    row_count: int = field("Rates in its content.", nullable=True)
    refused_because: str = field("Why its content was refused; NULL where it was not.", nullable=True)

    class Config:
        name = "meta.feed_snapshot"
        metadata = {"key": ("feed", "version")}


class FeedSetAside(Table):
    """What the newest content of a feed states in a field and no rate or score was made of, for one reason."""

    feed: str = field("The feed.")
    field_pattern: str = field("The field, key or path, with `[]` for any place in a list.")
    reason: str = field("Why it was not read.", values=REASONS)
    value_count: int = field("How many values.")
    example_sku: str = field("The id of one of them, as the source writes it.")
    example_value: str = field("What that one says.")

    class Config:
        name = "meta.feed_set_aside"
        metadata = {"key": ("feed", "field_pattern", "reason")}


class FeedGap(Table):
    """A hole in what is held of a feed. Rates that stood before it are not carried over it."""

    feed: str = field("The feed.")
    last_at: Instant = field("When the source was last seen to publish what stood before, UTC.")
    first_at: Instant = field("When it published the first after, UTC.")
    days: float = field("How long the hole is.", unit="days")
    last_version: str = field("The content before, by its first release.")
    first_version: str = field("The content after, by its first release.")
    reason: str = field("Why it counts as one.")

    class Config:
        name = "meta.feed_gap"
        metadata = {"key": ("feed", "first_at")}


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
        metadata = {"key": ("table_name", "row_key", "fact_id"), "is_view": True}


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
