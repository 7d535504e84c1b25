package io.sparsemesh.scheduler.intake;

import io.smallrye.reactive.messaging.kafka.KafkaRecord;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import io.sparsemesh.contracts.message.MessageType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jboss.logging.Logger;

/// Records to messages.
final class Decoding {

    private static final Logger LOG = Logger.getLogger(Intake.class);

    private Decoding() {}

    /// @throws MessageException if the record cannot be read; it is logged
    static Envelope read(ConsumerRecord<String, byte[]> record) {
        String place =
                "%s-%d offset %d".formatted(record.topic(), record.partition(), record.offset());
        return read(place, record.headers(), record.value());
    }

    /// @throws MessageException if the record cannot be read; it is logged
    static Envelope read(KafkaRecord<String, byte[]> record) {
        String place = "%s-%d".formatted(record.getTopic(), record.getPartition());
        return read(place, record.getHeaders(), record.getPayload());
    }

    private static Envelope read(String place, Headers headers, byte[] value) {
        try {
            return decode(headers, value);
        } catch (MessageException e) {
            LOG.warnf("to the dead letters: %s: %s", place, e.getMessage());
            throw e;
        }
    }

    private static Envelope decode(Headers headers, byte[] value) {
        if (value == null) {
            throw new MessageException("record without a value");
        }
        return MessageCodec.decode(texts(headers), value);
    }

    private static Map<String, String> texts(Headers headers) {
        Map<String, String> texts = new HashMap<>();
        for (Header header : headers) {
            texts.put(header.key(), MessageCodec.text(header.value()));
        }
        return texts;
    }

    /// The job whose submission the record says it is, whether or not the rest can be read.
    static Optional<JobId> submitted(KafkaRecord<String, byte[]> record) {
        return MessageCodec.type(texts(record.getHeaders()))
                .filter(MessageType.JOB_SUBMITTED::equals)
                .flatMap(_ -> JobId.parse(record.getKey()));
    }

    /// @throws MessageException if the message is of another type
    static <T> T expect(Envelope envelope, Class<T> type) {
        if (!type.isInstance(envelope.message())) {
            throw unexpected(envelope, type.getSimpleName());
        }
        return type.cast(envelope.message());
    }

    static MessageException unexpected(Envelope envelope, String expected) {
        return new MessageException(
                "event %s: expected %s, found %s"
                        .formatted(
                                envelope.id(),
                                expected,
                                envelope.message().getClass().getSimpleName()));
    }
}
