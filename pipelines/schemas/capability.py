"""Scores of models at benchmarks and on rating boards."""

import polars as pl

from pipelines.schemas.base import Money, field
from pipelines.schemas.envelope import Fact, rule


class CapabilityScore(Fact):
    """A score of a model, as one source states it. Two scores compare only within one benchmark and variant; a model
    asked with another effort or through another harness is another row."""

    model_id: str = field("The model; NULL where its name is not resolved.", nullable=True, references="ref.model")
    source_model: str = field("The model as the source names it.", prose=True)
    model_match: str = field(
        "How the model is known: written down with the score, by an alias of the source's namespace, or guessed from "
        "what the name means at all providers.",
        nullable=True,
        values=("curated", "alias", "same_name"),
        filled_by="sql",
    )
    benchmark_id: str = field("The benchmark or board.", references="ref.benchmark")
    variant: str = field(
        "What must agree for two scores to compare, beyond the benchmark: its questions, subset, metric and edition.",
        prose=True,
    )
    harness: str = field("What the model was run in: shots, prompt, tool or edit format.", nullable=True, prose=True)
    effort: str = field("The reasoning effort or thinking budget asked for.", nullable=True, prose=True)
    score: float = field("The score, on the scale of the benchmark.")
    score_low: float = field("Lower end of its interval.", nullable=True)
    score_high: float = field("Upper end of its interval.", nullable=True)
    interval_level: float = field("Confidence of the interval: 0.95 is 95%.", unit="ratio", nullable=True, gt=0, lt=1)
    votes: int = field("Votes behind a rating.", nullable=True, ge=1)
    tasks: int = field("Tasks in the run.", nullable=True, ge=1)
    cost_to_run_usd: Money = field(
        "What the whole run cost; NULL is unknown, and what a source shows as 0 is unknown.",
        unit="USD",
        nullable=True,
        gt=0,
    )
    input_tokens: int = field("Input tokens of the whole run.", unit="token", nullable=True, ge=0)
    output_tokens: int = field("Output tokens of the whole run.", unit="token", nullable=True, ge=0)

    class Config:
        name = "facts.capability_score"
        metadata = {"key": ("fact_id",), "seed": "capability_scores.csv"}

    @rule("score_low: above the score or above score_high | the interval must enclose the score")
    def interval_encloses_the_score(cls) -> pl.Expr:
        return (pl.col("score_low").fill_null(pl.col("score")) <= pl.col("score")) & (
            pl.col("score") <= pl.col("score_high").fill_null(pl.col("score"))
        )

    @rule("interval_level: an interval has a level, and nothing else has | fill it, or empty it")
    def an_interval_has_a_level(cls) -> pl.Expr:
        stated = pl.any_horizontal(pl.col("score_low", "score_high").is_not_null())
        return stated == pl.col("interval_level").is_not_null()
