// The golden vectors through the sketch's portable core, on the host and on the chip.
#pragma once
#include "../farmstream/src/core/frame.h"

namespace farm {

// Writes `vectors N failed M`, and a line for each that failed; returns M.
uint16_t run_vectors(Out &out);

}  // namespace farm
