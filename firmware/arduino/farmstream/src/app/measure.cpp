// The station's senses: sensors, calibration, position, and what is kept of them.
#include <string.h>

#include "../core/flash.h"
#include "gps_port.h"
#include "station.h"

namespace farm {

void Station::sense(Raw *raw) {
  busy_ = true;
  const bool there = sht3x_.start();
  if (there) wait(Sht3x::CONVERSION_MS);
  const Climate climate = there ? sht3x_.read() : sht3x_fault(FAULT_DISCONNECTED);
  raw->values[TEMPERATURE] = climate.temperature;
  raw->values[HUMIDITY] = climate.humidity;
  if (!is_missing(climate.temperature)) temperature_ = climate.temperature / 100.0f;
  raw->ph_mv = ph_input_.millivolts();
  raw->electrode_mv = PH_FRONT_END.electrode_mv(raw->ph_mv);
  listen();
  raw->moisture_mv = moisture_input_.millivolts();
  busy_ = false;
  calibrated(raw);
}

void Station::calibrated(Raw *raw) const {
  Fault why = FAULT_UNCALIBRATED;
  const PhCalibration ph = {settings.ph_slope / 10000.0f, settings.ph_offset / 100.0f};
  const bool ph_good = analog_valid(raw->ph_mv, FULL_SCALE_MV, &why) && settings.ph_slope;
  raw->values[PH] = ph_good ? hundredths(ph.ph(raw->electrode_mv, temperature_)) : missing(why);
  why = FAULT_UNCALIBRATED;
  const MoistureCalibration soil = {float(settings.dry_mv), float(settings.wet_mv), settings.dry / 100.0f,
                                    settings.wet / 100.0f};
  const bool soil_good =
      analog_valid(raw->moisture_mv, FULL_SCALE_MV, &why) && settings.dry_mv && settings.wet_mv;
  raw->values[MOISTURE] = soil_good ? hundredths(soil.moisture(raw->moisture_mv)) : missing(why);
}

void Station::measure() {
  Reading reading;
  reading.boot = boot_;
  reading.seq = seq_++;
  const uint32_t now = uptime();
  reading.dated = clock.at(now, &reading.stamp);
  if (!reading.dated) reading.stamp = now;
  next_at_ += settings.interval_ms;
  if (int32_t(now - next_at_) >= 0) next_at_ = now + settings.interval_ms;
  Raw raw;
  sense(&raw);
  memcpy(reading.values, raw.values, sizeof reading.values);
  reading.at = position();
  if (!outbox.keep(reading)) return;
  survivors.dropped.set(survivors.dropped.get() + 1);
  put_flash(out, PSTR("L the ring was full: the oldest reading fell out, dropped="));
  put_unsigned(out, survivors.dropped.get());
  put_flash(out, PSTR("\r\n"));
}

Position Station::position() {
  if (settings.position_mode == POSITION_FIXED) return settings.position;
  if (settings.position_mode == POSITION_GPS) return listen_gps();
  return Position{no_position(FAULT_ABSENT), no_position(FAULT_ABSENT)};
}

Position Station::listen_gps() {
  Serial.flush();
  if (GPS_DEAFENS && !reader_.idle()) reader_.lost(millis());
  gps_port.begin(GPS_BAUD);
  gps_.start();
  const uint32_t started = millis();
  busy_ = true;
  while (!gps_.poll() && millis() - started < Gps::LISTEN_MS)
    if (!GPS_DEAFENS) listen();
  gps_port.end();
  busy_ = false;
  if (!GPS_DEAFENS || !Serial.available()) return gps_.result();
  while (Serial.available()) Serial.read();
  reader_.lost(millis());
  return gps_.result();
}

}  // namespace farm
