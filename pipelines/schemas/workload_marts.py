"""Marts of what a workload costs."""

from pipelines.schemas.base import Instant, field
from pipelines.schemas.marts import Derived

PER_REQUEST = "USD per request"


class WorkloadCost(Derived):
    """What a request of a workload costs at a SKU, and the place of the SKU among those that reach a capability floor.
    Rates are those in force on the newest day since when any rate is known; a row of a price window holds in its hours
    only."""

    workload_id: str = field("The workload.", references="ref.workload")
    floor_id: str = field("The floor that the SKU's model reaches.", references="ref.capability_floor")
    provider_id: str = field("Who sells the SKU.")
    sku: str = field("The vendor's own API id.")
    region: str = field("Region of the rates; NULL is anywhere.", nullable=True)
    currency: str = field("Currency of the list.", references="ref.currency")
    price_window_id: str = field("Hours of the rates; NULL is all hours.", nullable=True)
    model_id: str = field("The model behind the SKU.", nullable=True, references="ref.model")
    valid_at: Instant = field("The instant at which the rates are in force, UTC.")
    service_tier: str = field("Tier of the rates; `note` says where the workload's own tier has none.")
    context_over_tokens: int = field("The rates are for requests of more input than this.", unit="token")
    cache_used: bool = field(
        "Whether a cache is read and written; if not, all input is fresh, and `note` says why unless none was wanted."
    )
    fresh_usd: float = field("Input without cache.", unit=PER_REQUEST, nullable=True)
    cache_read_usd: float = field("Input read from the cache.", unit=PER_REQUEST, nullable=True)
    cache_write_usd: float = field("Input written to the cache.", unit=PER_REQUEST, nullable=True)
    output_usd: float = field("Output.", unit=PER_REQUEST, nullable=True)
    total_usd: float = field("The whole; NULL where no exchange rate is known.", unit=PER_REQUEST, nullable=True)
    total_usd_per_month: float = field("The same for the requests of a month.", unit="USD per month", nullable=True)
    total: float = field("The whole, in the list's currency.")
    note: str = field("What is not as the workload would have it; NULL where nothing is.", nullable=True)
    score: float = field("Best score of the model on the floor's benchmark.", nullable=True)
    place: int = field("Rank by total_usd among the offers that reach the floor, from 1.", nullable=True)
    offers_without_score: int = field("Offers that have no place here because no score of their model is known.")

    class Config:
        name = "marts.workload_cost"
        metadata = {
            "key": ("workload_id", "floor_id", "provider_id", "sku", "region", "currency", "price_window_id"),
        }
