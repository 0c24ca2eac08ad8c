"""The hedonic regression on the rows of Epoch AI, in the folder that AICOST_REAL_DATA names, beside the coefficients in
the notes on methods (their section 2.8)."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.methods.hedonic import time_dummy

pytestmark = pytest.mark.skipif("AICOST_REAL_DATA" not in os.environ, reason="AICOST_REAL_DATA names no folder")


def test_the_price_of_an_mmlu_score_by_year() -> None:
    """59 models that do not reason, each once, at its price when released, blended 3:1; the base is 2021."""
    rows = pl.read_csv(
        Path(os.environ["AICOST_REAL_DATA"]) / "epoch/price_benchmarks_mmlu.csv",
        schema_overrides={"released_on": pl.Date, "mmlu": pl.Float64},
    ).drop_nulls()
    fitted = time_dummy(
        np.log(rows["usd_per_mtok_blended_3_1"].to_numpy()),
        rows["mmlu"].to_numpy(),
        (rows["released_on"].dt.year() - 2021).cast(pl.Int64).to_numpy(),
    )
    assert fitted.observations == 59
    found = (fitted.intercept, fitted.slope, fitted.slope_error, *fitted.effects, fitted.r2)
    printed = (1.108313, 0.068019, 0.014236, 0, -1.206273, -4.886895, -6.249537, -8.133628, 0.472142)
    assert found == pytest.approx(printed, abs=5e-7)
