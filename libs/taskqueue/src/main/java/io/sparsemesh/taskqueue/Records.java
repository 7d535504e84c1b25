package io.sparsemesh.taskqueue;

import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.Message;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/// Messages as Kafka records.
final class Records {

    private Records() {}

    /// @throws MessageException if the message is too large
    static ProducerRecord<byte[], byte[]> of(String topic, Envelope envelope) {
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        topic,
                        envelope.message().subject().getBytes(StandardCharsets.UTF_8),
                        MessageCodec.value(envelope.message()));
        MessageCodec.headers(envelope)
                .forEach(
                        (name, value) ->
                                record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        return record;
    }

    /// `traceparent` of the step that sent the record, empty if it was not traced.
    static String traceparent(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader("traceparent");
        return header == null ? "" : MessageCodec.text(header.value());
    }

    /// @throws MessageException if the record is not a message of class `type`
    static <M extends Message> M decode(ConsumerRecord<byte[], byte[]> record, Class<M> type) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), MessageCodec.text(header.value()));
        }
        byte[] value = record.value() == null ? new byte[0] : record.value();
        Message message = MessageCodec.decode(headers, value).message();
        if (!type.isInstance(message)) {
            throw new MessageException(
                    "expected %s, found %s"
                            .formatted(type.getSimpleName(), message.getClass().getSimpleName()));
        }
        return type.cast(message);
    }

    /// `topic-partition@offset`.
    static String place(ConsumerRecord<byte[], byte[]> record) {
        return "%s-%d@%d".formatted(record.topic(), record.partition(), record.offset());
    }
}
