"""The board's application: drivers, queue, MQTT link, settings; wired in `app.py`."""
