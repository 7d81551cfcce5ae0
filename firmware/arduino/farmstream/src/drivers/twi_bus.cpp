#include "twi_bus.h"

#include <Arduino.h>
#include <util/twi.h>

static volatile bool step_done;

// Stops the interrupt, not the step's result: the bus waits until the next one is started.
ISR(TWI_vect) {
  TWCR = _BV(TWEN);
  step_done = true;
}

namespace farm {

static const uint32_t BUS_HZ = 100000;
static const uint16_t PATIENCE_US = 3000;  // a byte takes 90

void TwiBus::begin() {
  digitalWrite(SDA, HIGH);
  digitalWrite(SCL, HIGH);
  TWSR = 0;
  TWBR = ((F_CPU / BUS_HZ) - 16) / 2;  // data sheet ATmega328P, 21.5.2
}

// Starts a step of the bus and waits for its end; false where a line is held.
bool TwiBus::finish(uint8_t control) {
  step_done = false;
  TWCR = uint8_t(_BV(TWINT) | _BV(TWEN) | _BV(TWIE) | control);
  const uint16_t started = uint16_t(micros());
  while (!step_done)
    if (uint16_t(uint16_t(micros()) - started) > PATIENCE_US) return false;
  return true;
}

bool TwiBus::start(uint8_t address_and_direction) {
  if (!finish(_BV(TWSTA))) return false;
  if (TW_STATUS != TW_START && TW_STATUS != TW_REP_START) return false;
  return put(address_and_direction);
}

bool TwiBus::put(uint8_t byte) {
  TWDR = byte;
  if (!finish(0)) return false;
  return TW_STATUS == TW_MT_SLA_ACK || TW_STATUS == TW_MT_DATA_ACK || TW_STATUS == TW_MR_SLA_ACK;
}

// The next start follows at once, so the stop has to be out before it.
bool TwiBus::stop(bool done) {
  TWCR = _BV(TWINT) | _BV(TWEN) | _BV(TWSTO);
  const uint16_t started = uint16_t(micros());
  while (TWCR & _BV(TWSTO))
    if (uint16_t(uint16_t(micros()) - started) > PATIENCE_US) {
      TWCR = 0;  // lets go of both lines
      return false;
    }
  return done;
}

bool TwiBus::write(uint8_t address, const uint8_t *data, uint8_t size) {
  bool going = start(uint8_t(address << 1 | TW_WRITE));
  while (going && size--) going = put(*data++);
  return stop(going);
}

bool TwiBus::read(uint8_t address, uint8_t *data, uint8_t size) {
  bool going = start(uint8_t(address << 1 | TW_READ));
  for (; going && size--; data++) {
    going = finish(size ? _BV(TWEA) : 0);  // the last byte is not acknowledged: the sensor lets go
    *data = TWDR;
  }
  return stop(going);
}

}  // namespace farm
