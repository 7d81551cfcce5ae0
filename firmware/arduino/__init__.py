"""The Arduino sketch: built by `firmware.arduino.build`, its generated headers by `…generate`."""
