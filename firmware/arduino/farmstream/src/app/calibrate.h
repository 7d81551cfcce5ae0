// Guided calibration: the sensor stands in a buffer or in a soil, the command takes the point.
#pragma once

namespace farm {

class Station;

// `ph 4.01`, `moisture dry`, `moisture wet 46`; answers with an `L` line.
void calibrate(Station &station, const char *what);

}  // namespace farm
