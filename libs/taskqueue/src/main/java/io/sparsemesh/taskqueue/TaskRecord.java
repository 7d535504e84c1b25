package io.sparsemesh.taskqueue;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/// A record that the share group gave to this worker, locked until acknowledged.
///
/// @param delivery how often the broker has given it out, this time included
record TaskRecord(ConsumerRecord<byte[], byte[]> record, int delivery) {

    static TaskRecord of(ConsumerRecord<byte[], byte[]> record) {
        return new TaskRecord(record, record.deliveryCount().map(Short::intValue).orElse(1));
    }
}
