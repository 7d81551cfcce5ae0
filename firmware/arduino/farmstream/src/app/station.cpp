#include "station.h"

#include "../core/flash.h"
#include "../drivers/idle.h"
#include "console.h"
#include "gps_port.h"

namespace farm {

static const uint8_t UPTIME_STEP_MS = 16;

Station::Station()
    : ring(survivors.slots, RING_CAPACITY),
      outbox(ring),
      boots(eeprom_),
      store_(eeprom_),
      sht3x_(bus_),
      ph_input_(PH_PIN),
      moisture_input_(MOISTURE_PIN),
      gps_(gps_port) {}

void Station::begin() {
  Serial.begin(LINE_BAUD);
  const bool warm = survivors_begin();
  watchdog_begin();
  cause_ = reset_cause(warm);
  base_ = survivors.uptime.get() + hung_for(warm) + (warm && flags_cleared() ? LOADER_MS : 0);
  boot_ = boots.count();
  ring.begin(boot_, warm && cause_ != RESET_POWER && cause_ != RESET_BROWN_OUT);
  loaded_ = store_.load(&settings);
  bus_.begin();
  idle_begin();
  next_at_ = uptime();
  hello();
}

void Station::run() {
  watchdog_feed();
  if (uptime() - survivors.uptime.get() >= UPTIME_STEP_MS) survivors.uptime.set(uptime());
  if (pending_) console(*this, pending_);
  pending_ = nullptr;
  listen();
  if (int32_t(uptime() - next_at_) >= 0) measure();
  send();
}

void Station::hello() {
  static const char BOARD[] PROGMEM = " fw=" FARMSTREAM_VERSION " board=" FARMSTREAM_BOARD " boot=";
  static const char STATES[][10] PROGMEM = {"good", "one-copy", "empty", "corrupt"};
  put_flash(out, PSTR("H id="));
  const char *id = settings.id;
  if (!*id) put_flash(out, PSTR("unset"));
  while (*id) out.put(*id++);
  put_flash(out, BOARD);
  put_unsigned(out, boot_);
  put_flash(out, PSTR(" reset="));
  put_flash(out, reset_name(cause_));
  put_flash(out, PSTR(" interval="));
  put_unsigned(out, settings.interval_ms);
  put_flash(out, PSTR(" waiting="));
  put_unsigned(out, ring.count());
  put_flash(out, PSTR(" capacity="));
  put_unsigned(out, ring.capacity());
  put_flash(out, PSTR(" dropped="));
  put_unsigned(out, survivors.dropped.get());
  put_flash(out, PSTR(" settings="));
  put_flash(out, STATES[loaded_]);
  put_flash(out, PSTR("\r\n"));
  if (loaded_ == SETTINGS_CORRUPT) put_flash(out, PSTR("L settings were corrupt: defaults are in use\r\n"));
  if (loaded_ == SETTINGS_ONE_COPY)
    put_flash(out, PSTR("L one copy of the settings was damaged: the other is in use\r\n"));
  if (!*settings.id) put_flash(out, PSTR("L no id: readings wait until `id NAME` sets one\r\n"));
}

void Station::save() {
  store_.save(settings);
  loaded_ = SETTINGS_GOOD;
}

// Lines of the gateway are taken at any time. A command may measure, so it waits while we do.
void Station::listen() {
  int there = pending_ ? 0 : Serial.available();
  const bool overrun = there >= SERIAL_RX_BUFFER_SIZE - 1;
  while (there-- > 0 && !pending_) {
    char *line = reader_.put(char(Serial.read()), millis());
    if (!line || downlink(*this, line)) continue;
    if (busy_)
      pending_ = line;
    else
      console(*this, line);
  }
  if (overrun) reader_.lost(millis());
}

void Station::send() {
  Reading reading;
  if (flooding_ && int32_t(uptime() - flood_until_) >= 0) flooding_ = false;
  if (!*settings.id) return idle();
  if (!(flooding_ ? ring.next(nullptr, &reading) : outbox.due(uptime(), &reading))) return idle();
  const uint16_t crc = put_reading(out, settings.id, reading, uptime());
  outbox.sent(reading, crc, uptime());
}

void Station::flood(uint16_t seconds) {
  flood_until_ = uptime() + seconds * 1000UL;
  flooding_ = seconds > 0;
}

uint16_t Station::forget() {
  const uint16_t waiting = ring.count();
  survivors.dropped.set(survivors.dropped.get() + waiting);
  ring.clear();
  return waiting;
}

void Station::wait(uint16_t ms) {
  for (const uint32_t started = millis(); millis() - started < ms; idle()) listen();
}

// Timer 0 comes each millisecond, a byte before that.
void Station::idle() {
  if (!Serial.available()) sleep_until_interrupt();
}

}  // namespace farm
