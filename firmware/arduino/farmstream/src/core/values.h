// Measured values as fixed-point numbers, a reason in place of each that is missing.
#pragma once
#include <stdint.h>
#include "contract.h"

namespace farm {

// Hundredths of the quantity's unit; the lowest numbers are the faults.
typedef int16_t Value;
// Degrees * 100000; the lowest numbers are the faults.
typedef int32_t Degrees;

const Value VALUE_FAULT = INT16_MIN;
const Degrees DEGREES_FAULT = INT32_MIN;

inline Value missing(Fault why) { return Value(VALUE_FAULT + why); }
inline bool is_missing(Value v) { return v < VALUE_FAULT + FAULT_COUNT; }
inline Fault reason(Value v) { return Fault(v - VALUE_FAULT); }
inline Degrees no_position(Fault why) { return DEGREES_FAULT + why; }
inline bool is_missing(Degrees d) { return d < DEGREES_FAULT + FAULT_COUNT; }
inline Fault reason(Degrees d) { return Fault(d - DEGREES_FAULT); }

// The nearest hundredth; out-of-range where 16 bits cannot hold it.
inline Value hundredths(float number) {
  if (!(number > -320.0f && number < 320.0f)) return missing(FAULT_OUT_OF_RANGE);
  return Value(number * 100.0f + (number < 0 ? -0.5f : 0.5f));
}

struct Position {
  Degrees lat, lon;
};

struct Reading {
  uint32_t boot, seq;
  bool dated;      // stamp is the time; else it is the board's uptime
  uint32_t stamp;  // epoch seconds, or milliseconds of uptime
  Position at;
  Value values[QUANTITY_COUNT];
};

}  // namespace farm
