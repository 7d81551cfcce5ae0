# Lets through what can be a Kafka message; any other record goes on as a rejected record with its
# reason, as in the embedded collector (fluentd/routes.py): what no retry can deliver blocks nothing.
require 'digest'
require 'json'
require 'fluent/plugin/filter'

module Fluent
  module Plugin
    class FarmFitFilter < Filter
      Fluent::Plugin.register_filter('farm_fit', self)
      helpers :event_emitter

      desc 'Field that is the Kafka message key.'
      config_param :key, :string
      desc 'Bytes of key and JSON value together.'
      config_param :max_bytes, :size
      desc 'Tag of the rejected records.'
      config_param :rejected_tag, :string
      desc 'Bytes of the input that a rejected record keeps.'
      config_param :max_raw, :size

      def filter(tag, _time, record)
        key = record[@key]
        value = JSON.generate(record)
        return reject(tag, value, "The record has no #{@key}.") if key.nil? || key == ''
        return record if key.to_s.bytesize + value.bytesize <= @max_bytes

        reject(tag, value, "The record has #{value.bytesize} bytes, more than Kafka takes.")
      rescue JSON::GeneratorError, EncodingError => e
        reject(tag, record.inspect, "Not JSON: #{e.message.scrub}.")
      end

      private

      def reject(tag, raw, reason)
        source = "fluentd:#{tag}"
        now = Time.now.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ')
        router.emit(@rejected_tag, EventTime.now, {
                      'reject_id' => Digest::SHA256.hexdigest("#{source}\0#{raw}"),
                      'stage' => 'fluentd', 'source' => source, 'reason' => reason,
                      'raw' => [raw.byteslice(0, @max_raw)].pack('m0'), 'received' => now
                    })
        nil
      end
    end
  end
end
