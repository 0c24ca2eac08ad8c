"""The one registry of units: every `unit` a fact may carry. The scale is part of the name; money carries its currency
beside it, in the column `currency`.
"""

from typing import Final

UNITS: Final[dict[str, str]] = {
    "currency": "an amount of money, in the row's currency",
    "currency_per_gpu": "money for one accelerator chip, in the row's currency",
    "currency_per_gpu_hour": "money for one accelerator chip for one hour, in the row's currency",
    "currency_per_mtok": "money for a million tokens, in the row's currency",
    "currency_per_mtok_hour": "money for keeping a million tokens for one hour, in the row's currency",
    "gpu": "accelerator chips",
    "gpu_hour": "one accelerator chip for one hour",
    "hour": "hours of wall-clock time",
    "minute": "minutes of wall-clock time",
    "flop": "floating-point operations",
    "flop_per_second": "floating-point operations per second and chip",
    "token": "tokens",
    "parameter": "model parameters",
    "ratio": "a share or a multiple, 1 meaning equal",
}

MONEY_UNITS: Final = tuple(unit for unit in UNITS if unit.startswith("currency"))
