"""A board over TLS against the real broker and gateway: known inputs, faults, resets, outages, sleep."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import trustme

from tests.firmware.micropython.bench import Broker, Watch, eventually, to_der, watching
from tests.firmware.micropython.conftest import MakeBoard

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("acknowledging")]

GGA = "$GPGGA,021530.00,3519.8072,N,13921.6060,E,1,08,1.01,38.2,M,39.1,M,,*68"
NO_FIX = "$GPGGA,021530.00,,,,,0,00,99.99,,,,,,*63"


def test_known_inputs_give_the_right_reading(make_board: MakeBoard, watch: Watch, broker: Broker) -> None:
    with make_board() as board:
        # pH: 2062.5 mV behind the amplifier is (2062.5 - 1650) / 3 = 137.5 mV; 7 - 133.5 / (0.98 * 59.16)
        board.stimulate(adc={"26": 2062.5, "27": 1900}, sht3x="6666938000A2")
        eventually(lambda: len(watch.readings) >= 2, why=board.console)
        with watching(broker.plain_port) as late:  # the status is retained: who comes later hears it, too
            eventually(lambda: any(s["state"] == "online" and s["boot"] == 1 for s in late.statuses))
    reading = watch.readings[-1]
    main = reading.main
    assert (main.temperature, main.humidity, main.moisture) == (25.0, 50.0, 23.0)
    assert main.ph == pytest.approx(7 - 133.5 / (0.98 * 59.16), abs=0.02)
    assert (reading.coord.lon, reading.coord.lat) == (139.36, 35.33) if reading.coord else False
    assert reading.faults == {}
    assert reading.boot == 1


def test_a_failed_sensor_is_a_null_with_its_reason(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(moisture={"pin": 27}) as board:
        board.stimulate(adc={"26": 3290, "27": 1900}, sht3x="6666938000A3")
        eventually(lambda: any(r.faults.get("humidity") == "crc" for r in watch.readings), why=board.console)
        board.stimulate(sht3x=None, adc={"26": 0, "27": 1900})
        eventually(lambda: any(r.faults.get("temperature") == "disconnected" for r in watch.readings))
    crc = next(r for r in watch.readings if r.faults.get("humidity") == "crc")
    assert crc.faults == {
        "temperature": "crc",
        "humidity": "crc",
        "ph": "out-of-range",
        "moisture": "uncalibrated",
    }
    gone = next(r for r in watch.readings if r.faults.get("temperature") == "disconnected")
    assert gone.faults["ph"] == "disconnected"
    assert gone.main.temperature is gone.main.ph is None


def test_gps_good_and_bad(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(gps={"uart": 1, "rx": 9, "tx": 8}, position={}) as board:
        eventually(lambda: any(r.faults.get("coord") == "disconnected" for r in watch.readings))
        board.stimulate(nmea=[NO_FIX, GGA.replace("3519", "3518")])
        eventually(lambda: any(r.faults.get("coord") == "no-fix" for r in watch.readings))
        board.stimulate(nmea=[GGA])
        eventually(lambda: watch.readings[-1].coord is not None)
    coord = watch.readings[-1].coord
    assert coord is not None
    assert (coord.lon, coord.lat) == (139.3601, 35.33012)


def test_a_position_in_the_settings_wins_over_a_gps_that_is_silent(
    make_board: MakeBoard, watch: Watch
) -> None:
    with make_board(gps={"uart": 1, "rx": 9, "tx": 8}) as board:
        eventually(lambda: watch.readings, why=board.console)
    coord = watch.readings[0].coord
    assert coord is not None
    assert (coord.lon, coord.lat, watch.readings[0].faults) == (139.36, 35.33, {})


def test_a_hang_ends_in_a_watchdog_reset(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(watchdog_s=3) as board:
        eventually(lambda: watch.readings)
        board.stimulate(hang=True)
        eventually(lambda: any(r.boot == 2 for r in watch.readings), why=board.console)
    eventually(lambda: any(s.get("reset") == "wdt" and s["boot"] == 2 for s in watch.statuses))
    eventually(lambda: {"state": "offline"} in watch.statuses)  # the last will of the first life


def test_nothing_is_lost_when_the_broker_is_killed(
    make_board: MakeBoard, watch: Watch, broker: Broker
) -> None:
    with make_board() as board:
        eventually(lambda: len(watch.readings) >= 2)
        broker.kill()
        eventually(lambda: len(list((board.folder / "queue").iterdir())) > 0 and board.starts == 1)
        board.stimulate(wifi=False)
        broker.start()
        board.stimulate(wifi=True)
        eventually(lambda: {(1, n) for n in range(8)} <= watch.identities(), why=board.console)


def test_a_power_cut_starts_a_new_boot_and_loses_nothing(make_board: MakeBoard, watch: Watch) -> None:
    board = make_board()
    with board:
        board.stimulate(wifi=False)
        eventually(lambda: any(p.stat().st_size > 500 for p in (board.folder / "queue").glob("*.seg")))
    assert not watch.readings
    with board:
        board.stimulate(wifi=True)
        eventually(lambda: {(1, 0), (1, 1), (2, 0)} <= watch.identities(), why=board.console)


def test_a_reading_before_the_time_is_known_is_dated_once_it_is(make_board: MakeBoard, watch: Watch) -> None:
    board = make_board()
    board.stimulate(clock=False, wifi=False)
    started = datetime.now(UTC)
    with board:
        eventually(lambda: any(p.stat().st_size > 700 for p in (board.folder / "queue").glob("*.seg")))
        board.stimulate(wifi=True)
        eventually(lambda: {(1, 0), (1, 1), (1, 2)} <= watch.identities(), why=board.console)
    dates = [reading.date for _, reading in sorted({r.seq or 0: r for r in watch.readings}.items())]
    assert all(date is not None and started <= date <= datetime.now(UTC) for date in dates)


def test_without_ntp_a_reading_carries_its_age(make_board: MakeBoard, watch: Watch) -> None:
    board = make_board()
    board.stimulate(clock=False, ntp=False)
    with board:
        eventually(lambda: len(watch.identities()) >= 2, why=board.console)
    assert all(reading.date is None and reading.age is not None for reading in watch.readings)


@pytest.mark.parametrize(("chip", "interval_s"), [("rp2", 5), ("esp32", 1)])
def test_a_wake_from_deep_sleep_is_not_a_boot(
    make_board: MakeBoard, watch: Watch, chip: str, interval_s: int
) -> None:
    """The numbers are in scratch registers on one, in RTC memory on the other.

    A Pico W's watchdog goes on in its sleep, here shorter than that, and is the only cause of its resets.
    """
    with make_board(deep_sleep=True, chip=chip, interval_s=interval_s, watchdog_s=3) as board:
        eventually(lambda: len(watch.identities()) >= 3, why=board.console)
        assert board.starts >= 3
    assert {boot for boot, _ in watch.identities()} == {1}
    assert f"board={'esp32' if chip == 'esp32' else 'picow'} " in board.console()
    assert watch.readings[-1].main.moisture == 23.0
    dates = sorted(reading.date for reading in watch.readings if reading.date)
    assert all(b - a > 0.8 * timedelta(seconds=interval_s) for a, b in pairwise(dates)), "it sleeps it out"
    assert any(s.get("state") == "asleep" for s in watch.statuses)
    assert {s["reset"] for s in watch.statuses if s.get("state") == "online"} == {"pwron", "deepsleep"}
    assert len(watch.readings) == len(watch.identities())  # what was acknowledged is not sent after a wake


def offline_because(board_console: str) -> str:
    return " ".join(board_console.split())


def test_wrong_ca(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(files={"ca.der": to_der(trustme.CA().cert_pem.bytes())}) as board:
        eventually(lambda: "certificate of localhost does not verify" in offline_because(board.console()))
    assert not watch.readings


def test_wrong_host(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(mqtt={"host": "127.0.0.1"}) as board:
        eventually(lambda: "certificate of 127.0.0.1 does not verify" in offline_because(board.console()))
    assert not watch.readings


def test_no_ca(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(mqtt={"ca": None}) as board:
        eventually(lambda: "mqtt.ca: is missing" in board.console())
    assert not watch.readings


def test_wrong_password(make_board: MakeBoard, watch: Watch) -> None:
    with make_board(mqtt={"password": "stable-door"}) as board:
        eventually(lambda: "may not connect" in board.console() or "wrong user" in board.console())
    assert not watch.readings
    assert "stable-door" not in board.console()


def test_client_certificate(make_board: MakeBoard, watch: Watch, broker: Broker) -> None:
    pair = broker.ca.issue_cert("mp-client")
    files = {
        "client.der": to_der(pair.cert_chain_pems[0].bytes()),
        "key.der": to_der(pair.private_key_pem.bytes()),
    }
    mqtt = {"port": broker.mutual_port, "user": None, "password": None}
    with make_board(mqtt=mqtt | {"client_cert": "client.der", "client_key": "key.der"}, files=files) as board:
        eventually(lambda: watch.readings, why=board.console)


def test_mutual_tls_refuses_a_board_without_a_certificate(
    make_board: MakeBoard, watch: Watch, broker: Broker
) -> None:
    with make_board(mqtt={"port": broker.mutual_port, "user": None, "password": None}) as board:
        eventually(lambda: "offline:" in board.console())
    assert not watch.readings


def test_settings_from_afar(make_board: MakeBoard, watch: Watch) -> None:
    with make_board() as board:
        eventually(lambda: watch.readings)
        name = watch.readings[0].id
        watch.command(name, {"do": "show"})
        eventually(lambda: watch.answers)
        shown = watch.answers[0]["settings"]
        assert shown["interval_s"] == 1
        assert "password" not in str(shown)
        watch.command(name, {"do": "set", "settings": {"interval_s": 0}})
        watch.command(name, {"do": "set", "settings": {"mqtt": {"host": "evil"}}})
        eventually(lambda: len(watch.answers) >= 3)
        assert "interval_s: must be" in watch.answers[1]["error"]
        assert "cannot be set from afar" in watch.answers[2]["error"]
        watch.command(name, {"do": "set", "settings": {"position": {"lat": 1.5}}})
        eventually(lambda: watch.readings[-1].coord is not None and watch.readings[-1].coord.lat == 1.5)
    assert board.starts == 2


def test_wrong_settings_are_told_on_the_console(make_board: MakeBoard) -> None:
    with make_board(interval_s=0, intervall=3) as board:
        eventually(lambda: "intervall: no such setting" in board.console())
        assert "interval_s: must be a whole number from 1 to 86400" in board.console()
