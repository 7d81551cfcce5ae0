"""The gateway: serial and MQTT in, a durable spool, Fluentd out; nothing acknowledged before it is safe."""
