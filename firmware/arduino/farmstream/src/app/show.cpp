#include "show.h"

#include "../core/flash.h"
#include "station.h"

namespace farm {

namespace {

// One `L` line: `field` for each part, the end by itself.
class Line {
 public:
  Line(Out &out, const char *flash_text) : out_(out) {
    put_flash(out_, PSTR("L "));
    put_flash(out_, flash_text);
  }
  ~Line() { put_flash(out_, PSTR("\r\n")); }
  Line &text(const char *flash_text) { return put_flash(out_, flash_text), *this; }
  Line &number(int32_t number, uint8_t decimals = 0) { return put_fixed(out_, number, decimals), *this; }
  Line &value(Value v) {
    if (!is_missing(v)) return number(v, 2);
    out_.put('!');
    return text(FAULT_NAMES[reason(v)]);
  }

 private:
  Out &out_;
};

void show_position(Station &station) {
  const Settings &s = station.settings;
  Line line(station.out, PSTR("position="));
  if (s.position_mode == POSITION_GPS)
    line.text(PSTR("gps"));
  else if (s.position_mode == POSITION_NONE)
    line.text(PSTR("none"));
  else
    line.number(s.position.lat, 5).text(PSTR(",")).number(s.position.lon, 5);
}

}  // namespace

void show(Station &station) {
  const Settings &s = station.settings;
  station.hello();
  show_position(station);
  Line(station.out, PSTR("soil=")).text(SOIL_NAMES[s.soil]);
  if (s.ph_slope)
    Line(station.out, PSTR("ph=")).number(s.ph_slope, 4).text(PSTR(",")).number(s.ph_offset, 2);
  else
    Line(station.out, PSTR("ph=")).text(FAULT_NAMES[FAULT_UNCALIBRATED]);
  Line(station.out, PSTR("moisture="))
      .number(s.dry_mv)
      .text(PSTR(","))
      .number(s.wet_mv)
      .text(PSTR(" at "))
      .number(s.dry, 2)
      .text(PSTR(","))
      .number(s.wet, 2);
}

void show_raw(Station &station) {
  Raw raw;
  station.sense(&raw);
  Line(station.out, PSTR("raw ph_mv="))
      .number(int32_t(raw.ph_mv + 0.5f))
      .text(PSTR(" electrode_mv="))
      .number(int32_t(raw.electrode_mv * 100.0f), 2)
      .text(PSTR(" moisture_mv="))
      .number(int32_t(raw.moisture_mv + 0.5f))
      .text(PSTR(" temp="))
      .value(raw.values[TEMPERATURE])
      .text(PSTR(" hum="))
      .value(raw.values[HUMIDITY])
      .text(PSTR(" ph="))
      .value(raw.values[PH])
      .text(PSTR(" vwc="))
      .value(raw.values[MOISTURE]);
}

}  // namespace farm
