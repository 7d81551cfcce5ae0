# Fluentd's kafka2 output, which forgets what it could not send.
#
# kafka2 (0.19.7) leaves a failed chunk's messages in its producer and adds them again at each retry: an
# outage of Kafka ends in one request that holds the chunk many times over, Kafka refuses it for its
# size, and nothing is sent any more. The chunk itself is safe in the buffer and is retried from there.
require 'fluent/plugin/out_kafka2'

module Fluent
  module Plugin
    class FarmKafkaOutput < Fluent::Kafka2Output
      Fluent::Plugin.register_output('farm_kafka', self)

      def write(chunk)
        super
      ensure
        get_producer.clear_buffer
      end
    end
  end
end
