"""The settings made into a fleet of boards: who stands where, speaks what, and has booted how often."""

from firmware.simulator.board import Board
from firmware.simulator.faults import Faults
from firmware.simulator.fleet import Fleet
from firmware.simulator.ground import Ground, first_hour
from firmware.simulator.probes import Probes
from firmware.simulator.settings import SimulatorSettings
from firmware.simulator.weather import Weather
from firmware.simulator.wire import Form

__all__ = ["first_boot", "fleet_of", "form_of", "make_boards"]

_COUNTED_SINCE = 1_767_225_600_000  # 2026-01-01T00:00Z


def fleet_of(settings: SimulatorSettings) -> Fleet:
    """The fleet that these settings mean."""
    return Fleet(
        settings.seed, settings.boards, settings.fields, id_prefix=settings.id_prefix,
        dry_fields=settings.dry_fields, time_zone=settings.time_zone,
    )  # fmt: skip


def form_of(settings: SimulatorSettings, number: int) -> Form:
    """What board `number` speaks; shares are spread evenly over the numbers."""
    serial = 0.0 if settings.serial is None else 1.0 if settings.mqtt is None else settings.serial_share
    if _is_chosen(serial, number):
        return "line"
    among = number - int(number * serial)
    return "flat" if _is_chosen(settings.flat, among) else "json"


def first_boot(previous: int | None, start_ms: int, slot: int, step: int) -> int:
    """The first boot number above `previous` with the remainder `slot` by `step`.

    Without a saved counter it follows from the start (seconds since 2026), so that a run repeats
    itself exactly while two runs do not share identities.
    """
    if previous is None:
        return (start_ms - _COUNTED_SINCE) // 1000 % (2**31 // step - 1) * step + slot
    same = previous - previous % step + slot
    return same if same > previous else same + step


def make_boards(
    settings: SimulatorSettings, fleet: Fleet, start_ms: int, boots: dict[str, int]
) -> list[Board]:
    """All boards in the order of their numbers, each after one more boot."""
    weather = Weather(settings.seed, fleet.lon, fleet.lat, first_hour(start_ms))
    grounds = {
        field.field_id: Ground(settings.seed, field, weather, start_ms, fleet.is_dry(field.field_id))
        for field in fleet.fields()
    }
    faults, boards, lined = Faults(settings.faults), [], 0
    for number, sensor in enumerate(fleet.sensors()):
        form = form_of(settings, number)
        step = settings.boards_per_port if form == "line" else 1
        slot, lined = lined % step, lined + (form == "line")
        boot = first_boot(boots.get(sensor.sensor_id), start_ms, slot, step)
        probes = Probes(settings.seed, sensor.sensor_id)
        ground = grounds[str(sensor.field_id)]
        offline_ms = int(settings.offline_for * 1000)
        boards.append(Board(sensor, form, ground, probes, faults, settings.seed, offline_ms, boot, step))
    return boards


def _is_chosen(share: float, number: int) -> bool:
    return int((number + 1) * share + 1e-9) > int(number * share + 1e-9)
