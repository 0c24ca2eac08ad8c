"""Price files of any size in the real shape: observations of many series over many snapshots, one Parquet file a
snapshot, as the readers write them. Most rates stand; some change, vanish or return, at the pace of the real files: one
change in about 700 observations. All is drawn by hashing, so that the same numbers give the same files.
"""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipelines.feeds.observation import write_file

START = datetime(2023, 1, 1)

SERIES = """
create table series as
select
    cast(hash(i, 1) >> 1 as bigint) as source_series_key,
    concat('provider-', i // 5 % 60) as source_provider,
    concat('provider-', i // 5 % 60, '/model-', i // 5) as source_sku,
    concat('model-', i // 5) as sku,
    ['input', 'output', 'cache_read', 'cache_write', 'input_audio'][i % 5 + 1] as token_class,
    hash(i, 2) % 20000 + 10 + case when hash(i, '{feed}') % 20 = 0 then 5 else 0 end as base,
    case when hash(i, 3) % 2 = 0 then 0 else hash(i, 4) % {snapshots} end as begins,
    400 + hash(i, 5) % 600 as period,
    hash(i, 6) % 1000 as phase
from range({series}) as t (i)
"""

SNAPSHOT = """
select
    source_series_key as statement_key, cast(thousandths as bigint) as value_key, source_series_key,
    source_provider, source_sku, sku, 'prefix' as match_kind, token_class, 'standard' as service_tier,
    0::bigint as context_over_tokens, 'USD' as currency, 'currency_per_mtok' as unit,
    cast(thousandths / 1000 as decimal(24, 12)) as amount, concat(thousandths, 'e-09') as amount_text,
    'printed' as amount_basis, 'list' as price_kind, concat(token_class, '_cost_per_token') as field_name,
    'https://example.com/pricing' as source_url
from (
    select *, greatest(1, base * (2 + hash(source_series_key, (phase + {number}) // period) % 19) // 10) as thousandths
    from series
    where begins <= {number} and hash(source_series_key, {number} // 60, 'presence') % 40 > 0
)
"""


def published_at(number: int) -> datetime:
    """When the source published a snapshot."""
    return START + timedelta(days=number)


def write(folder: Path, series: int, snapshots: int, feed: str) -> None:
    """Write the files of a feed. Two feeds state the same SKUs with amounts that mostly agree."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(SERIES.format(series=series, snapshots=snapshots, feed=feed))
        for number in range(snapshots):
            write_file(connection.sql(SNAPSHOT.format(number=number)).pl(), folder / f"{number:05}.parquet")
