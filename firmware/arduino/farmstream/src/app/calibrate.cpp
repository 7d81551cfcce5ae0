#include "calibrate.h"

#include <string.h>

#include "../core/flash.h"
#include "../core/text.h"
#include "station.h"

namespace farm {

static void say(Station &station, const char *flash_text) { put_flash(station.out, flash_text); }

static void refuse(Station &station, const char *why) {
  say(station, PSTR("L refused cal: "));
  say(station, why);
  say(station, PSTR("\r\n"));
}

static const char *at_rail(Fault why) {
  return why == FAULT_DISCONNECTED ? PSTR("the sensor is not connected") : PSTR("the input is above its range");
}

static PhPoint point(const BufferPoint &b) { return {b.ph / 100.0f, b.mv / 100.0f, b.temperature / 100.0f}; }

static const char *refusal_text(Refusal refusal) {
  switch (refusal) {
    case BAD_POINTS:
      return PSTR("use two buffers at least 1 pH apart, 4.01 and 6.86");
    case BAD_SLOPE:
      return PSTR("slope is not 85 to 105 %: clean or replace the probe, start again");
    case BAD_OFFSET:
      return PSTR("offset is not within 30 mV: clean or replace the probe, start again");
    case ACCEPTED:
      break;
  }
  return PSTR("");
}

// Both points are there: a calibration, or a new start.
static void finish_ph(Station &station) {
  Settings &s = station.settings;
  PhCalibration found = {0, 0};
  const Refusal refusal = ph_two_point(point(s.buffers[0]), point(s.buffers[1]), &found);
  memset(s.buffers, 0, sizeof s.buffers);
  if (refusal == ACCEPTED) {
    s.ph_slope = int16_t(found.slope * 10000.0f + 0.5f);
    s.ph_offset = hundredths(found.offset_mv);
  }
  station.save();
  if (refusal != ACCEPTED) return refuse(station, refusal_text(refusal));
  say(station, PSTR("L ok cal ph: slope "));
  put_fixed(station.out, s.ph_slope, 2);
  say(station, PSTR(" %, offset "));
  put_fixed(station.out, s.ph_offset, 2);
  say(station, PSTR(" mV\r\n"));
}

static void calibrate_ph(Station &station, const char *value) {
  int32_t ph;
  if (!parse_fixed(value, 2, &ph) || ph < 100 || ph > 1300) return refuse(station, PSTR("a buffer of pH 1 to 13"));
  Raw raw;
  station.sense(&raw);
  Fault why;
  if (!analog_valid(raw.ph_mv, FULL_SCALE_MV, &why)) return refuse(station, at_rail(why));
  BufferPoint *buffers = station.settings.buffers;
  const int32_t apart = ph - buffers[0].ph;
  const bool second = buffers[0].ph && (apart >= 100 || apart <= -100);
  const Value mv = raw.electrode_mv < 320 && raw.electrode_mv > -320 ? hundredths(raw.electrode_mv) : 32000;
  buffers[second] = BufferPoint{int16_t(ph), mv, hundredths(station.temperature())};
  if (second) return finish_ph(station);
  station.save();
  say(station, PSTR("L ok cal ph: first point taken, "));
  put_fixed(station.out, mv, 2);
  say(station, PSTR(" mV; now the other buffer\r\n"));
}

static void calibrate_moisture(Station &station, bool wet, const char *percent) {
  Settings &s = station.settings;
  int32_t content = wet ? s.wet : s.dry;
  if (*percent && (!parse_fixed(percent, 2, &content) || content < 0 || content > 10000))
    return refuse(station, PSTR("water content is 0 to 100 %"));
  Raw raw;
  station.sense(&raw);
  Fault why;
  if (!analog_valid(raw.moisture_mv, FULL_SCALE_MV, &why)) return refuse(station, at_rail(why));
  const uint16_t mv = uint16_t(raw.moisture_mv + 0.5f);
  const uint16_t other_mv = wet ? s.dry_mv : s.wet_mv, other = wet ? s.dry : s.wet;
  const MoistureCalibration points = {float(mv), float(other_mv), content / 100.0f, other / 100.0f};
  const MoistureCalibration swapped = {points.wet_mv, points.dry_mv, points.wet, points.dry};
  if (other_mv && moisture_two_point(wet ? swapped : points) != ACCEPTED)
    return refuse(station, PSTR("dry and wet are less than 200 mV apart, or wet is not wetter"));
  (wet ? s.wet_mv : s.dry_mv) = mv;
  (wet ? s.wet : s.dry) = uint16_t(content);
  station.save();
  say(station, wet ? PSTR("L ok cal moisture: wet ") : PSTR("L ok cal moisture: dry "));
  put_unsigned(station.out, mv);
  say(station, other_mv ? PSTR(" mV\r\n") : PSTR(" mV; now the other point\r\n"));
}

void calibrate(Station &station, const char *what) {
  const char *value = strchr(what, ' ');
  if (value && !strncmp_P(what, PSTR("ph "), 3)) return calibrate_ph(station, value + 1);
  const bool dry = value && !strncmp_P(value, PSTR(" dry"), 4), wet = value && !strncmp_P(value, PSTR(" wet"), 4);
  const char *percent = value ? value + 4 : nullptr;
  if ((!dry && !wet) || strncmp_P(what, PSTR("moisture "), 9) || (*percent && *percent != ' '))
    return refuse(station, PSTR("cal ph 4.01, cal ph 6.86, cal moisture dry or cal moisture wet"));
  calibrate_moisture(station, wet, *percent ? percent + 1 : percent);
}

}  // namespace farm
