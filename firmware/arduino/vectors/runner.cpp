#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../farmstream/src/core/calibration.h"
#include "../farmstream/src/core/crc.h"
#include "../farmstream/src/core/flash.h"
#include "../farmstream/src/core/nmea.h"
#include "../farmstream/src/core/sht3x_data.h"
#include "vectors.h"

namespace farm {

namespace {

struct Tally {
  Out &out;
  uint16_t run, failed;
  void check(bool good, const char *table) {
    run++;
    if (good) return;
    failed++;
    put_flash(out, PSTR("failed "));
    put_flash(out, table);
    put_flash(out, PSTR(", vector "));
    put_unsigned(out, run);
    put_flash(out, PSTR("\r\n"));
  }
};

// Compares what is written with a text in flash.
class Expected : public Out {
 public:
  explicit Expected(const char *text) : at_(text) {}
  void put(char c) override { same_ = same_ && char(pgm_read_byte(at_)) == c && (++at_, true); }
  bool all() const { return same_ && !pgm_read_byte(at_); }

 private:
  const char *at_;
  bool same_ = true;
};

const char *from_flash(const char *text) {
  static char copy[MAX_LINE + 1];
  memcpy_P(copy, text, strlen_P(text) + 1);
  return copy;
}

bool near(float a, float b, float tolerance) { return fabs(a - b) <= tolerance; }

bool crc8_is(const char *flash_bytes, uint8_t size, uint8_t crc) {
  uint8_t bytes[8];
  memcpy_P(bytes, flash_bytes, size);
  return crc8(bytes, size) == crc;
}

bool ph_calibration_is(PhPoint a, PhPoint b, Refusal result, float slope, float offset) {
  PhCalibration found = {0, 0};
  if (ph_two_point(a, b, &found) != result) return false;
  return result != ACCEPTED || (near(found.slope, slope, 0.0005f) && near(found.offset_mv, offset, 0.05f));
}

bool analog_is(float mv, float full_scale, Fault fault) {
  Fault why = FAULT_COUNT;
  return analog_valid(mv, full_scale, &why) == (fault == FAULT_COUNT) && why == fault;
}

bool sht3x_is(const char *flash_bytes, Value temperature, Value humidity) {
  uint8_t frame[6];
  memcpy_P(frame, flash_bytes, sizeof frame);
  const Climate found = sht3x_climate(frame);
  return found.temperature == temperature && found.humidity == humidity;
}

bool nmea_is(const char *flash_line, NmeaResult result, Degrees lat, Degrees lon) {
  Position at = {0, 0}, streamed = {0, 0};
  const char *line = from_flash(flash_line);
  if (nmea_parse(line, &at) != result) return false;
  NmeaReader reader;
  for (; *line; line++)
    if (reader.put(*line, &streamed) != NMEA_MORE) return false;
  if (*from_flash(flash_line) && reader.put('\r', &streamed) != result) return false;
  const bool same = at.lat == streamed.lat && at.lon == streamed.lon;
  return result != NMEA_POSITION || (same && labs(at.lat - lat) <= 1 && labs(at.lon - lon) <= 1);
}

// The line ends in CR LF beyond the vector's text, so the text alone is compared.
class Line : public Out {
 public:
  explicit Line(const char *text) : expected(text) {}
  void put(char c) override {
    if (c != '\r' && c != '\n') expected.put(c);
  }
  Expected expected;
};

bool line_is(const char *flash_line, const char *id, const Reading &reading) {
  Line line(flash_line);
  const uint32_t uptime = 5000;
  Reading sent = reading;
  if (!sent.dated) sent.stamp = uptime - sent.stamp;
  const uint16_t crc = put_reading(line, id, sent, uptime);
  const char *copy = from_flash(flash_line);
  return line.expected.all() && crc == crc16(copy, strlen(copy));
}

}  // namespace

uint16_t run_vectors(Out &out) {
  Tally tally = {out, 0, 0};
#define CHECK(table, good) tally.check(good, PSTR(table));
#define X(text, crc) CHECK("crc16", crc16(from_flash(PSTR(text)), sizeof(text) - 1) == crc)
  CRC16_VECTORS(X)
#undef X
#define X(bytes, size, crc) CHECK("crc8", crc8_is(PSTR(bytes), size, crc))
  CRC8_VECTORS(X)
#undef X
#define X(temperature, slope) CHECK("nernst", near(nernst_slope(temperature), slope, 0.005f))
  NERNST_VECTORS(X)
#undef X
#define X(zero, gain, adc, mv) CHECK("electrode", near(PhFrontEnd{zero, gain}.electrode_mv(adc), mv, 0.01f))
  ELECTRODE_VECTORS(X)
#undef X
#define X(a, b, c, d, e, f, result, slope, offset) \
  CHECK("ph calibration", ph_calibration_is({a, b, c}, {d, e, f}, result, slope, offset))
  PH_CALIBRATION_VECTORS(X)
#undef X
#define X(slope, offset, mv, t, ph_) CHECK("ph", near(PhCalibration{slope, offset}.ph(mv, t), ph_, 0.01f))
  PH_VECTORS(X)
#undef X
#define X(mv, full, fault) CHECK("analog", analog_is(mv, full, fault))
  ANALOG_VECTORS(X)
#undef X
#define X(a, b, c, d, result) CHECK("moisture calibration", moisture_two_point({a, b, c, d}) == result)
  MOISTURE_CALIBRATION_VECTORS(X)
#undef X
#define X(a, b, c, d, mv, vwc) CHECK("moisture", near(MoistureCalibration{a, b, c, d}.moisture(mv), vwc, 0.01f))
  MOISTURE_VECTORS(X)
#undef X
#define X(bytes, temperature, humidity) CHECK("sht3x", sht3x_is(PSTR(bytes), temperature, humidity))
  SHT3X_VECTORS(X)
#undef X
#define X(text, result, lat, lon) CHECK("nmea", nmea_is(PSTR(text), result, lat, lon))
  NMEA_VECTORS(X)
#undef X
#define X(text, id, boot, seq, dated, stamp, lat, lon, t, h, p, m) \
  CHECK("line", line_is(PSTR(text), id, Reading{boot, seq, dated, stamp, {lat, lon}, {t, h, p, m}}))
  LINE_VECTORS(X)
#undef X
#undef CHECK
  put_flash(out, PSTR("vectors "));
  put_unsigned(out, tally.run);
  put_flash(out, PSTR(" failed "));
  put_unsigned(out, tally.failed);
  put_flash(out, PSTR("\r\n"));
  return tally.failed;
}

}  // namespace farm
