"""The limits of the tests, as settings: table `[quality]` of streaming.toml (docs/quality.md).

Where the defaults are from:

- `fail` spans: `telemetry.quantities`. `suspect` spans: what farmland has; the temperatures are those of
  most inhabited land, pH 3.5 to 10 is the span of USDA's soil reaction classes, and no mineral soil holds
  more than 60 % of water (Dorigo et al., Vadose Zone J. 12 (2013), flag C02).
- Temperature and humidity, spike and rate: I. Zahumenský, "Guidelines on Quality Control Procedures for
  Data from Automatic Weather Stations" (WMO, 2004) holds 3 °C and 10 % in a minute for suspect, 15 % for an
  error; a rate is allowed three times that, because readings may be seconds apart.
- Moisture: rain of 60 mm/h wets the upper 10 cm by 1 % a minute; a spike of more than 5 % in one reading
  is none of the soil's. pH: a calibrated probe repeats within 0.1; soils buffer within hours.
- Neighbour: 10 % in an hour is what heavy rain (10 mm/h) puts into the upper 10 cm, and then all sensors of
  a field see it; 1 % is above the noise of an hour's mean.
- Flat line: half of the last digit that boards send, over more readings where the noise of the usual
  sensor is not above its last digit (pH, and air that is saturated).
- Climatology: none, because it is local; docs/quality.md shows how to give one.
"""

from typing import Annotated

from msgspec import Meta, Struct

from streaming.quality.climatology import Monthly
from streaming.quality.gross_range import Span
from telemetry.quantities import QUANTITIES, quantity

__all__ = ["Limits", "QuantityLimits", "Steps"]

Steps = tuple[float, float]
"""Suspect above, fail above."""
Count = Annotated[int, Meta(ge=0, le=200)]
Positive = Annotated[float, Meta(gt=0)]


class QuantityLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one quantity, in its unit; `rate` per second; `flat` are readings (suspect, fail), 0 for none."""

    fail: Span
    suspect: Span
    climatology: Monthly = ()
    spike: Steps
    rate: Steps
    flat: tuple[Count, Count]
    tolerance: Positive = 0.005

    def __post_init__(self) -> None:
        if not self.fail[0] <= self.suspect[0] < self.suspect[1] <= self.fail[1]:
            raise ValueError("suspect must be a span within fail")
        if len(self.climatology) not in (0, 12):
            raise ValueError(
                "climatology is 12 months of [fail below, suspect below, suspect above, fail above]"
            )
        for name in ("spike", "rate"):
            if not 0 < getattr(self, name)[0] <= getattr(self, name)[1]:
                raise ValueError(f"{name} is two numbers above 0: suspect, fail")


def _bounds(name: str) -> Span:
    return quantity(name).low, quantity(name).high


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of all tests. `gap` in seconds; `moved` in metres, of boards that should stand still.

    `warming` and `drying` are the multivariate test's: a change of temperature by more than `warming` °C
    between two readings without a change of humidity by `drying` %. The neighbour test's are in % of
    moisture: how far from the neighbours, and a change in an hour by more than `alone` while theirs is below
    `together`. `anomaly` is a score.
    """

    gap: Positive = 3600.0
    moved: Positive = 100.0
    warming: Positive = 3.0
    drying: Positive = 1.0
    neighbour: Positive = 15.0
    alone: Positive = 10.0
    together: Positive = 1.0
    anomaly: Positive = 4.5
    temperature: QuantityLimits = QuantityLimits(
        fail=_bounds("temperature"), suspect=(-30.0, 50.0), spike=(3.0, 9.0), rate=(0.15, 0.5), flat=(8, 16)
    )
    humidity: QuantityLimits = QuantityLimits(
        fail=_bounds("humidity"), suspect=(5.0, 100.0), spike=(10.0, 25.0), rate=(0.5, 1.5), flat=(16, 0)
    )
    ph: QuantityLimits = QuantityLimits(
        fail=_bounds("ph"), suspect=(3.5, 10.0), spike=(0.3, 1.0), rate=(0.05, 0.2), flat=(16, 0)
    )
    moisture: QuantityLimits = QuantityLimits(
        fail=_bounds("moisture"), suspect=(0.0, 60.0), spike=(5.0, 15.0), rate=(0.2, 1.0), flat=(8, 16)
    )

    @property
    def quantities(self) -> tuple[QuantityLimits, ...]:
        """In the order of `telemetry.quantities`."""
        return tuple(getattr(self, q.name) for q in QUANTITIES)

    @property
    def reach(self) -> int:
        """How many readings before it a reading's flags depend on."""
        return max(3, *(count for limits in self.quantities for count in limits.flat))
