// Farmstream: a soil station on an Arduino Uno or Mega. docs/arduino.md tells how to wire and set it up.
#include <SoftwareSerial.h>

#include "src/app/station.h"

static farm::Station station;

void setup() { station.begin(); }

void loop() { station.run(); }
