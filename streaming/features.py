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

_LAGS = (1, 3, 6, 12, 24, 48)
_WEEKS = (1, 2, 3, 4)
_PATIENCE = 3
_WETTED = 0.5
_VISIT = 2.0
_DRY_SPELL = 240

FEATURES = (
    "margin", "available", "wilting_point", "field_capacity",
    *(f"change_{lag}" for lag in _LAGS), "mean_24", "std_24", "min_72", "max_72",
    "wetted_24", "wetted_72", "hours_since_wetting", "drying_24", "drying_72",
    *(f"week_{what}_{span}" for span in (6, 24, 48) for what in ("wetted", "due", "refill")),
    "excess", "excess_by_soil", "loss_24",
    "temperature", "temperature_mean_24", "temperature_span_24", "humidity", "humidity_mean_24",
    "temperature_change_24", "humidity_change_24", "dew", "dew_change_6", "dew_change_24",
    "humidity_min_24", "deficit", "deficit_mean_24", "et0_24", "margin_by_et0", "margin_by_drying",
    "hour_sin", "hour_cos", "hour_of_week",
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
    """`field_id, hour, moisture, threshold` and FEATURES; without a row's first two days they are null.

    A gap of up to three hours is bridged with the value before it.
    """
    known = hours.join(F.broadcast(places), "field_id").withColumn("h", _epoch_hours())
    steps = known.withColumns(
        {"step": F.col("moisture") - _ago("moisture", 1), "deficit": _deficit(), "dew": _dew()}
    )
    wet = steps.withColumn("wet", F.when(F.col("step") > _WETTED, F.col("step")).otherwise(0.0))
    sums = wet.withColumns(_of_moisture() | _of_weeks() | _of_weather() | _of_time())
    return sums.withColumns(_combined()).select("field_id", "hour", "moisture", "threshold", *FEATURES)


def _epoch_hours() -> Column:
    return F.floor(F.unix_seconds("hour") / 3600).cast("long")


def _over(first: int, last: int) -> WindowSpec:
    """The field's rows from `first` to `last` hours from this one on; gaps are no rows."""
    return Window.partitionBy("field_id").orderBy("h").rangeBetween(first, last)


def _ago(name: str, hours: int) -> Column:
    return F.last(name, ignorenulls=True).over(_over(-hours - _PATIENCE, -hours))


def _sum(name: str, first: int, last: int) -> Column:
    return F.coalesce(F.sum(name).over(_over(first, last)), F.lit(0.0))


def _of_moisture() -> dict[str, Column]:
    moisture, total = F.col("moisture"), F.col("field_capacity") - F.col("wilting_point")
    fell = F.when(F.col("step") < 0, -F.col("step"))
    changes = {f"change_{lag}": moisture - _ago("moisture", lag) for lag in _LAGS}
    last_wet = F.max(F.when(F.col("wet") > 0, F.col("h"))).over(_over(-_DRY_SPELL, 0))
    return changes | {
        "margin": moisture - F.col("threshold"),
        "available": (moisture - F.col("wilting_point")) / total,
        "mean_24": F.avg("moisture").over(_over(-23, 0)) - F.col("threshold"),
        "std_24": F.coalesce(F.stddev("moisture").over(_over(-23, 0)), F.lit(0.0)),
        "min_72": F.min("moisture").over(_over(-71, 0)) - F.col("threshold"),
        "max_72": F.max("moisture").over(_over(-71, 0)) - F.col("threshold"),
        "wetted_24": _sum("wet", -23, 0),
        "wetted_72": _sum("wet", -71, 0),
        "hours_since_wetting": F.coalesce(F.col("h") - last_wet, F.lit(_DRY_SPELL)).cast("double"),
        "drying_24": F.coalesce(F.avg(fell).over(_over(-23, 0)), F.lit(0.0)),
        "drying_72": F.coalesce(F.avg(fell).over(_over(-71, 0)), F.lit(0.0)),
    }


def _of_weeks() -> dict[str, Column]:
    """What the hours that are now ahead brought in the weeks before: farms keep to days of the week."""

    def most(span: int) -> Column:
        return F.greatest(*(_sum("wet", -168 * week + 1, -168 * week + span) for week in _WEEKS))

    room = F.greatest(F.col("field_capacity") - F.col("moisture"), F.lit(0.0))
    near = F.least(F.greatest((5.0 - (F.col("moisture") - F.col("threshold"))) / 3.0, F.lit(0.0)), F.lit(1.0))
    found: dict[str, Column] = {}
    for span in (6, 24, 48):
        due = F.when(most(span) > _VISIT, 1.0).otherwise(0.0)
        found |= {f"week_wetted_{span}": most(span), f"week_due_{span}": due}
        found[f"week_refill_{span}"] = due * room * near
    return found


def _of_weather() -> dict[str, Column]:
    day = _over(-23, 0)
    mean, high, low = (how("temperature").over(day) for how in (F.avg, F.max, F.min))
    return {
        "temperature_mean_24": mean,
        "temperature_span_24": high - low,
        "temperature_change_24": F.col("temperature") - _ago("temperature", 24),
        "humidity_change_24": F.col("humidity") - _ago("humidity", 24),
        "dew_change_6": F.col("dew") - _ago("dew", 6),
        "dew_change_24": F.col("dew") - _ago("dew", 24),
        "humidity_mean_24": F.avg("humidity").over(day),
        "humidity_min_24": F.min("humidity").over(day),
        "deficit_mean_24": F.avg("deficit").over(day),
        "et0_24": 0.0023 * (mean + 17.8) * F.sqrt(high - low) * 0.408 * _radiation(),
    }


def _of_time() -> dict[str, Column]:
    hour = 2 * pi / 24 * F.hour("hour")
    return {
        "hour_sin": F.sin(hour), "hour_cos": F.cos(hour),
        "hour_of_week": (F.col("h") % 168).cast("double"),
    }  # fmt: skip


def _combined() -> dict[str, Column]:
    excess = F.greatest(F.col("moisture") - F.col("field_capacity"), F.lit(0.0))
    stress = F.least(F.greatest(2.0 * F.col("available"), F.lit(0.0)), F.lit(1.0))
    return {
        "excess": excess,  # what drains, and the slower the finer the soil
        "excess_by_soil": excess * F.col("wilting_point"),
        "loss_24": F.col("et0_24") * stress,
        "margin_by_et0": F.col("margin") / F.greatest("et0_24", F.lit(0.2)),
        "margin_by_drying": F.col("margin") / F.greatest("drying_24", F.lit(0.005)),
    }


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
