// From millivolts to soil pH and moisture; the same maths as telemetry/calibration.py.
#pragma once
#include "values.h"

namespace farm {

enum Refusal { ACCEPTED, BAD_POINTS, BAD_SLOPE, BAD_OFFSET };

// The amplifier of a pH electrode: its output at 0 mV, and its gain.
struct PhFrontEnd {
  float zero_mv, gain;
  float electrode_mv(float adc_mv) const { return (adc_mv - zero_mv) / gain; }
};

// slope as a fraction of Nernst's (0: not calibrated), offset at pH 7.
struct PhCalibration {
  float slope, offset_mv;
  float ph(float electrode_mv, float temperature) const;
};

// An electrode's mV in a buffer of known pH at a temperature in degrees C.
struct PhPoint {
  float ph, mv, temperature;
};

// mV and volumetric water content (%) of one soil, dry and wet.
struct MoistureCalibration {
  float dry_mv, wet_mv, dry, wet;
  float moisture(float mv) const;
};

const float STANDARD_TEMPERATURE = 25.0f;

float nernst_slope(float temperature);
// Accepts 85 to 105 % of slope and 30 mV of offset; leaves `found` as computed in any case.
Refusal ph_two_point(const PhPoint &a, const PhPoint &b, PhCalibration *found);
Refusal moisture_two_point(const MoistureCalibration &points);
// False at the rails of an analog input; `why` then tells which.
bool analog_valid(float mv, float full_scale_mv, Fault *why);

}  // namespace farm
