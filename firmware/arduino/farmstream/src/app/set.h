// Settings from text, each with its validation.
#pragma once

namespace farm {

class Station;

// Sets and saves; null, or the reason of the refusal (in flash).
const char *set(Station &station, const char *key, const char *value);

}  // namespace farm
