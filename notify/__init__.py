"""Notifiers: alerts from the topic `sensor-alerts` to people and systems, by webhook, mail and MQTT."""
