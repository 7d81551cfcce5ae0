#include "boot_counter.h"

#include "crc.h"

namespace farm {

static const uint8_t PLACES = 16;

struct Place {
  uint32_t boot;
  uint16_t crc;
} __attribute__((packed));

static uint16_t address(uint8_t place) { return uint16_t(BOOTS_AT + place * sizeof(Place)); }

uint32_t BootCounter::count() {
  uint32_t last = 0;
  for (uint8_t i = 0; i < PLACES; i++) {
    Place place;
    for (uint8_t j = 0; j < sizeof place; j++)
      reinterpret_cast<uint8_t *>(&place)[j] = storage_.read(address(i) + j);
    if (place.crc == crc16(&place.boot, sizeof place.boot) && place.boot > last) last = place.boot;
  }
  write(last + 1);
  return last + 1;
}

void BootCounter::write(uint32_t boot) {
  Place place = {boot, 0};
  place.crc = crc16(&place.boot, sizeof place.boot);
  for (uint8_t j = 0; j < sizeof place; j++)
    storage_.write(address(boot % PLACES) + j, reinterpret_cast<const uint8_t *>(&place)[j]);
}

}  // namespace farm
