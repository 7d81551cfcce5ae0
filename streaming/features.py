"""Hourly features of a field's soil moisture, for the study and for the stream alike: DataFrame to DataFrame.

Each feature of an hour is computed from that hour and earlier ones alone (`notebooks.analysis.leakage`
holds this to it). Amounts of water are in % of volume; drivers of the weather are what the field's own
boards measure: temperature, humidity, and what follows from them and from the place and the day of year
(FAO-56: vapour pressure eq. 11, extraterrestrial radiation eq. 21 to 25, Hargreaves' ET0 eq. 52).
"""

from math import pi

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

__all__ = ["FEATURES", "HOURS", "MEMORY_HOURS", "PLACE", "features", "field_hours"]

HOURS = "field_id STRING, hour TIMESTAMP, moisture DOUBLE, temperature DOUBLE, humidity DOUBLE"
"""What `features` starts from: a field's hour, by the median of its sensors' means."""

PLACE = "field_id STRING, threshold DOUBLE, wilting_point DOUBLE, field_capacity DOUBLE, lat DOUBLE"
"""What is known of a field besides: % of volume, degrees."""

MEMORY_HOURS = 29 * 24
"""How far back a feature looks: four weeks and the day after."""

_LAGS = (6, 24)
_WEEK = 7 * 24
_WEEKS = (1, 2, 3, 4)
_PATIENCE = 3
_WETTED = 0.5
_WATERED = 1.0
_HUMID = 90.0
_DRY_SPELL = 240
_SPANS = (6, 24, 48)
_NOT_SOON = 72.0
_AMPLE = 12.0
_LEVELS = (0, 2, 4)

FEATURES = (
    "margin", "available", "wilting_point", "field_capacity", *(f"change_{lag}" for lag in _LAGS),
    "hours_since_wetting", "excess", "excess_by_soil", "et0_24", "loss_24", "drying_6", "drying_24",
    "margin_24", "hours_to_watering", "margin_then", "least_margin_24",
    *(f"refill_{span}_at_{level}" for span in _SPANS for level in _LEVELS),
    "humidity", "deficit", "dew_change_6", "dew_change_24", "hour_sin", "hour_cos",
)  # fmt: skip
"""All of them; which a model takes is the study's choice."""


def field_hours(series: DataFrame, sensors: DataFrame) -> DataFrame:
    """HOURS from hours of sensors (`sensor_id, date, mean_*`) and `sensor_id, field_id`.

    A median, because one probe that is off must not move its field.
    """
    placed = series.join(F.broadcast(sensors.select("sensor_id", "field_id")), "sensor_id")
    medians = [F.median(f"mean_{name}").alias(name) for name in ("moisture", "temperature", "humidity")]
    grouped = placed.groupBy("field_id", F.col("date").alias("hour")).agg(*medians)
    return grouped.where(F.col("field_id").isNotNull() & F.col("moisture").isNotNull())


def features(hours: DataFrame, places: DataFrame) -> DataFrame:
    """`field_id, hour, moisture, threshold` and FEATURES; in a field's first week some of them are null.

    A gap of up to three hours is bridged with the value before it.
    """
    known = hours.join(F.broadcast(places), "field_id").withColumn("h", _epoch_hours())
    steps = known.withColumns(
        {"step": F.col("moisture") - _ago("moisture", 1), "deficit": _deficit(), "dew": _dew()}
    )
    usual = steps.withColumns(_water()).withColumn("usual", _usual_fall())
    sums = usual.withColumns(_of_moisture() | _of_weather() | _of_time() | _ahead())
    then = sums.withColumns(_combined()).withColumn("margin_then", _margin_then())
    return then.withColumns(_by_then()).select("field_id", "hour", "moisture", "threshold", *FEATURES)


def _epoch_hours() -> Column:
    return F.floor(F.unix_seconds("hour") / 3600).cast("long")


def _over(first: int, last: int) -> WindowSpec:
    """The field's rows from `first` to `last` hours from this one on; gaps are no rows."""
    return Window.partitionBy("field_id").orderBy("h").rangeBetween(first, last)


def _ago(name: str, hours: int) -> Column:
    return F.last(name, ignorenulls=True).over(_over(-hours - _PATIENCE, -hours))


def _sum(name: str, first: int, last: int) -> Column:
    return F.coalesce(F.sum(name).over(_over(first, last)), F.lit(0.0))


def _water() -> dict[str, Column]:
    """What came and went in the hour. Water that comes fast and in dry air is irrigation, not rain."""
    step, dry_air = F.col("step"), F.greatest("humidity", _ago("humidity", 1)) < _HUMID
    return {
        "wet_at": F.when(step > _WETTED, F.col("h")),
        "watered_at": F.when((step > _WATERED) & dry_air, F.col("h")),
        "fall": F.when(step <= _WETTED, F.greatest(-step, F.lit(0.0))),
    }


def _usual_fall() -> Column:
    """The mean of this hour of the day and of the two days before, without hours when water came."""
    same_hour = Window.partitionBy("field_id", F.col("h") % 24).orderBy("h").rangeBetween(-48, 0)
    return F.avg("fall").over(same_hour)


def _of_moisture() -> dict[str, Column]:
    moisture, total = F.col("moisture"), F.col("field_capacity") - F.col("wilting_point")
    last_wet = F.max("wet_at").over(_over(-_DRY_SPELL, 0))
    return {f"change_{lag}": moisture - _ago("moisture", lag) for lag in _LAGS} | {
        "margin": moisture - F.col("threshold"),
        "available": (moisture - F.col("wilting_point")) / total,
        "hours_since_wetting": F.coalesce(F.col("h") - last_wet, F.lit(_DRY_SPELL)).cast("double"),
    }


def _ahead() -> dict[str, Column]:
    """Farms keep to hours of the week: when in the four weeks before a field was watered, it may be again.

    And what it will lose until then: `quarter_0` to `quarter_3` are of six hours each, as of late.
    """
    first = F.col("h") - F.min("h").over(_over(-MEMORY_HOURS, 0))
    waterings = [
        F.min("watered_at").over(_over(1 - _WEEK * week, 48 - _WEEK * week)) - F.col("h") + _WEEK * week
        for week in _WEEKS
    ]
    soonest = F.coalesce(F.least(*waterings), F.lit(_NOT_SOON)).cast("double")
    quarters = {f"quarter_{n}": _sum("usual", 6 * n - 23, 6 * n - 18) for n in range(4)}
    return quarters | {"hours_to_watering": F.when(first >= _WEEK, soonest)}


def _margin_then() -> Column:
    """Above the threshold when the field will next be seen to: now, less what it loses until then."""
    hours = F.col("hours_to_watering")
    shares = [_between(0.0, (hours - 6 * n) / 6, 1.0) for n in range(8)]
    lost = sum((F.col(f"quarter_{n % 4}") * share for n, share in enumerate(shares)), F.lit(0.0))
    return F.when(hours < _NOT_SOON, F.col("margin") - lost).otherwise(F.when(hours.isNotNull(), _AMPLE))


def _by_then() -> dict[str, Column]:
    """How dry the coming day gets, and what refills it: up to field capacity, if that near the threshold.

    Nobody tells how near to its threshold a field is irrigated: a model takes the level that fits.
    """
    hours, then = F.col("hours_to_watering"), F.col("margin_then")
    room = F.greatest(F.col("field_capacity") - F.col("threshold") - then, F.lit(0.0))
    refills = {
        f"refill_{span}_at_{level}": F.when(hours > span, 0.0).otherwise(
            room * _between(0.0, level + 0.5 - then, 1.0)
        )
        for span in _SPANS
        for level in _LEVELS
    }
    return refills | {"least_margin_24": F.when(hours > 24, F.col("margin_24")).otherwise(then)}


def _between(low: float, value: Column, high: float) -> Column:
    return F.least(F.greatest(value, F.lit(low)), F.lit(high))


def _of_weather() -> dict[str, Column]:
    day = _over(-23, 0)
    mean, high, low = (how("temperature").over(day) for how in (F.avg, F.max, F.min))
    return {
        "dew_change_6": F.col("dew") - _ago("dew", 6),
        "dew_change_24": F.col("dew") - _ago("dew", 24),
        "et0_24": 0.0023 * (mean + 17.8) * F.sqrt(high - low) * 0.408 * _radiation(),
    }


def _of_time() -> dict[str, Column]:
    hour = 2 * pi / 24 * F.hour("hour")
    return {"hour_sin": F.sin(hour), "hour_cos": F.cos(hour)}


def _combined() -> dict[str, Column]:
    excess = F.greatest(F.col("moisture") - F.col("field_capacity"), F.lit(0.0))
    return {
        "excess": excess,  # what drains, and the slower the finer the soil
        "excess_by_soil": excess * F.col("wilting_point"),
        "loss_24": F.col("et0_24") * _between(0.0, 2.0 * F.col("available"), 1.0),
        "drying_6": F.col("quarter_0"),
        "drying_24": _day_of_quarters(),
        "margin_24": F.col("margin") - _day_of_quarters(),
    }


def _day_of_quarters() -> Column:
    return F.col("quarter_0") + F.col("quarter_1") + F.col("quarter_2") + F.col("quarter_3")


def _deficit() -> Column:
    """Vapour pressure deficit in kPa."""
    saturated = 0.6108 * F.exp(17.27 * F.col("temperature") / (F.col("temperature") + 237.3))
    return saturated * (1.0 - F.col("humidity") / 100.0)


def _dew() -> Column:
    """Dew point in °C: it rises before rain."""
    ratio = F.log(F.greatest("humidity", F.lit(1.0)) / 100.0)
    ratio += 17.27 * F.col("temperature") / (F.col("temperature") + 237.3)
    return 237.3 * ratio / (17.27 - ratio)


def _radiation() -> Column:
    """At the top of the atmosphere, MJ/m²/day, by latitude and day of year."""
    angle, lat = 2 * pi / 365 * F.dayofyear("hour"), F.radians(F.coalesce("lat", F.lit(45.0)))
    tilt = 0.409 * F.sin(angle - 1.39)
    cosine = F.least(F.lit(1.0), F.greatest(F.lit(-1.0), -F.tan(lat) * F.tan(tilt)))
    sunset = F.acos(cosine)
    geometry = sunset * F.sin(lat) * F.sin(tilt) + F.cos(lat) * F.cos(tilt) * F.sin(sunset)
    return 24 * 60 / pi * 0.0820 * (1.0 + 0.033 * F.cos(angle)) * geometry
