// The board's settings: one checksummed record, two copies, of which one is always whole.
#pragma once
#include "storage.h"
#include "values.h"

namespace farm {

const uint8_t MAX_ID = 32;

enum PositionMode : uint8_t { POSITION_NONE, POSITION_FIXED, POSITION_GPS };

// A pH buffer that was measured: hundredths of pH, of mV at the electrode and of a degree C.
struct BufferPoint {
  int16_t ph, mv, temperature;
} __attribute__((packed));

struct Settings {
  char id[MAX_ID + 1];  // empty: not set, nothing is sent
  uint32_t interval_ms;
  PositionMode position_mode;
  Position position;
  int16_t ph_slope, ph_offset;  // 1/10000 of Nernst's slope (0: not calibrated), 1/100 mV
  uint16_t dry_mv, wet_mv;      // 0: not calibrated
  uint16_t dry, wet;            // hundredths of a percent
  uint8_t soil;
  BufferPoint buffers[2];  // ph 0: not measured yet
} __attribute__((packed));

Settings default_settings();

enum SettingsState { SETTINGS_GOOD, SETTINGS_ONE_COPY, SETTINGS_EMPTY, SETTINGS_CORRUPT };

class SettingsStore {
 public:
  explicit SettingsStore(Storage &storage) : storage_(storage) {}
  // The newest whole copy, else the defaults.
  SettingsState load(Settings *found);
  // Over the older copy; a power cut at any byte leaves the newer one.
  void save(const Settings &settings);

 private:
  // A copy: version, generation, the settings, CRC-16 with its high byte first.
  static const uint8_t HEAD_SIZE = 2, RECORD_SIZE = HEAD_SIZE + sizeof(Settings) + 2;
  static_assert(RECORD_SIZE <= SETTINGS_COPY, "a copy has its place");
  struct Copy {
    bool whole, blank;
    uint8_t generation;
  };

  Copy look(uint8_t copy);
  Storage &storage_;
  uint8_t generation_ = 0, current_ = 1;
};

}  // namespace farm
