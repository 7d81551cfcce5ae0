// What comes down the line: the gateway's acknowledgements and time, and a person's commands.
#pragma once

namespace farm {

class Station;

// Takes `A boot seq`, `N crc` and `T epoch_ms`; false where the line is none of them.
bool downlink(Station &station, const char *line);
// Does a command, `C key=value` and `C ?` among them, and answers with `L` lines.
__attribute__((noinline)) void console(Station &station, char *line);

}  // namespace farm
