"""One reading: what the drivers give, as the contract's canonical JSON.

JSON is printed here and not by `json.dumps`: a board's floats have 24 bits, and 20.31 would be sent as
20.30999.
"""

DATE = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ"


def measure(sht3x, ph, moisture, gps, fixed, fault):
    """(main, coord, faults): hundredths as text, coord as (lon, lat) in 1e-5 degrees or None.

    Each driver may be None (the board has no such sensor); `fault` is the drivers' exception. A `fixed`
    position wins over the GPS.
    """
    main, faults, coord = {}, {}, None
    temperature = None
    try:
        temperature, humidity = sht3x.read() if sht3x else _absent(fault)
        main["temperature"], main["humidity"] = temperature, humidity
    except fault as why:
        faults["temperature"] = faults["humidity"] = why.args[0]
    for name, read in (
        ("ph", lambda: ph.read(temperature) if ph else _absent(fault)),
        ("moisture", lambda: moisture.read() if moisture else _absent(fault)),
    ):
        try:
            main[name] = read()
        except fault as why:
            faults[name] = why.args[0]
    try:
        coord = fixed or (gps.read() if gps else _absent(fault))
    except fault as why:
        faults["coord"] = why.args[0]
    return main, coord, faults


def body(board_id, boot, seq, main, coord, faults):
    """The canonical object without its braces and date: `date_field` + this + `}` is the payload."""
    values = ",".join('"%s":%s' % (n, _hundredths(main.get(n))) for n in NAMES)
    reasons = ",".join('"%s":"%s"' % pair for pair in sorted(faults.items()))
    place = '{"lon":%s,"lat":%s}' % (_degrees(coord[0]), _degrees(coord[1])) if coord else "null"
    text = '"id":"%s","boot":%d,"seq":%d,"coord":%s,"main":{%s},"faults":{%s}'
    return text % (board_id, boot, seq, place, values, reasons)


NAMES = ("temperature", "humidity", "ph", "moisture")


def date_field(epoch_ms, gmtime, epoch_year):
    """`{"date":"…Z",` for milliseconds since 1970; `epoch_year` is that of the port's gmtime."""
    seconds = epoch_ms // 1000 - (946684800 if epoch_year == 2000 else 0)
    return '{"date":"%s",' % (DATE % (gmtime(seconds)[:6] + (epoch_ms % 1000,)))


def age_field(age_ms):
    """`{"age":…,` for a board that does not know the time."""
    return '{"age":%d,' % age_ms


def _absent(fault):
    raise fault("absent")


def _hundredths(value):
    if value is None:
        return "null"
    return "%.2f" % value


def _degrees(e5):
    sign = "-" if e5 < 0 else ""
    return "%s%d.%05d" % (sign, abs(e5) // 100000, abs(e5) % 100000)
