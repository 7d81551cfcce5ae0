#include "calibration.h"

#include <math.h>

namespace farm {

static const float RAIL_MARGIN_MV = 100.0f, MIN_PH_SPAN = 1.0f, MIN_MOISTURE_SPAN_MV = 200.0f;

float nernst_slope(float temperature) { return 59.16f * (temperature + 273.15f) / 298.15f; }

float PhCalibration::ph(float electrode_mv, float temperature) const {
  return 7.0f - (electrode_mv - offset_mv) / (slope * nernst_slope(temperature));
}

float MoistureCalibration::moisture(float mv) const {
  return dry + (mv - dry_mv) * (wet - dry) / (wet_mv - dry_mv);
}

Refusal ph_two_point(const PhPoint &a, const PhPoint &b, PhCalibration *found) {
  if (fabs(a.ph - b.ph) < MIN_PH_SPAN) return BAD_POINTS;
  const float per_slope_a = nernst_slope(a.temperature) * (a.ph - 7.0f);
  const float per_slope_b = nernst_slope(b.temperature) * (b.ph - 7.0f);
  found->slope = (a.mv - b.mv) / (per_slope_b - per_slope_a);
  found->offset_mv = a.mv + found->slope * per_slope_a;
  if (!(found->slope >= 0.85f && found->slope <= 1.05f)) return BAD_SLOPE;
  return fabs(found->offset_mv) <= 30.0f ? ACCEPTED : BAD_OFFSET;
}

Refusal moisture_two_point(const MoistureCalibration &points) {
  const bool apart = fabs(points.wet_mv - points.dry_mv) >= MIN_MOISTURE_SPAN_MV;
  return apart && points.wet > points.dry ? ACCEPTED : BAD_POINTS;
}

bool analog_valid(float mv, float full_scale_mv, Fault *why) {
  if (mv < RAIL_MARGIN_MV)
    *why = FAULT_DISCONNECTED;
  else if (mv > full_scale_mv - RAIL_MARGIN_MV)
    *why = FAULT_OUT_OF_RANGE;
  else
    return true;
  return false;
}

}  // namespace farm
