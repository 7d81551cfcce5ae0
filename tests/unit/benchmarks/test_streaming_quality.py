"""Part `quality`: its figures."""

from benchmarks.streaming.quality import Case, told


def test_figures_are_of_a_thousand_sensors_of_the_most_and_of_their_ratio() -> None:
    cases = [
        Case(
            sensors=sensors,
            buckets=4,
            rows_per_s=1e6 / us,
            us_per_row=us,
            checkpoint_mb=1.0,
            processes_mb=9.0,
        )
        for sensors, us in ((100, 20.0), (1_000, 25.0), (10_000, 24.0), (100_000, 22.0))
    ]
    assert told(cases).figures == {
        "quality_rows_per_s": 40_000.0,
        "quality_sparse_rows_per_s": 1e6 / 22,
        "scale_100_to_100000": 1.1,
    }
