"""What feeds bring, typed: the tables that SQL starts from. They stay in the build and are not published."""

from pipelines.schemas.base import Instant, Rate, Table, field


class EcbRate(Table):
    """A euro reference rate of the European Central Bank on a day. Days without a fixing carry the last one."""

    currency: str = field("ISO 4217 code.")
    on_date: Instant = field("The day, UTC.")
    units_per_eur: Rate = field("Units of the currency for one euro.")
    fixed_on: Instant = field("The day of the fixing.")

    class Config:
        name = "feeds.ecb_rate"
        metadata = {"key": ("currency", "on_date")}
