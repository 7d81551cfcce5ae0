// The station: measures, keeps, sends, listens. The sketch calls `begin` once and then `run`.
#pragma once
#include "../core/boot_counter.h"
#include "../core/clock.h"
#include "../core/frame.h"
#include "../core/line_reader.h"
#include "../core/outbox.h"
#include "../core/settings.h"
#include "../drivers/analog_input.h"
#include "../drivers/eeprom_storage.h"
#include "../drivers/gps.h"
#include "../drivers/reset.h"
#include "../drivers/serial_out.h"
#include "../drivers/sht3x.h"
#include "survivors.h"

namespace farm {

// Its frame leaves the stack when it returns: inlined into the loop, it would stay there.
#define STACK_OWN __attribute__((noinline))

// What the sensors gave last, before and after calibration.
struct Raw {
  float ph_mv, electrode_mv, moisture_mv;
  Value values[QUANTITY_COUNT];
};

class Station {
 public:
  Station();
  STACK_OWN void begin();
  void run();

  // For the console.
  STACK_OWN void hello();
  STACK_OWN void sense(Raw *raw);
  void save();
  void measure_now() { next_at_ = uptime(); }
  void flood(uint16_t seconds);
  // Gives up what waits; the number of readings goes to `dropped`.
  uint16_t forget();
  uint32_t uptime() const { return base_ + millis(); }
  uint32_t boot() const { return boot_; }
  float temperature() const { return temperature_; }

  Settings settings;
  Ring ring;
  Outbox outbox;
  Clock clock;
  BootCounter boots;
  SerialOut out;

 private:
  STACK_OWN void measure();
  void calibrated(Raw *raw) const;
  Position position();
  Position listen_gps();
  void listen();
  void send();
  void wait(uint16_t ms);
  void idle();

  EepromStorage eeprom_;
  SettingsStore store_;
  SettingsState loaded_ = SETTINGS_GOOD;
  TwiBus bus_;
  Sht3x sht3x_;
  AnalogInput ph_input_, moisture_input_;
  Gps gps_;
  LineReader reader_;
  ResetCause cause_ = RESET_POWER;
  uint32_t base_ = 0, boot_ = 0, seq_ = 0, next_at_ = 0, flood_until_ = 0;
  char *pending_ = nullptr;  // a command that came during a measurement: it waits for the loop
  bool flooding_ = false, busy_ = false;
  float temperature_ = STANDARD_TEMPERATURE;
};

}  // namespace farm
