// The settings and the raw values, as `L` lines.
#pragma once

namespace farm {

class Station;

void show(Station &station);
void show_raw(Station &station);

}  // namespace farm
