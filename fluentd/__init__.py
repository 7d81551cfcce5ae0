"""The Fluentd hop: production configuration, and the embedded collector that stands in for it."""
