package io.sparsemesh.gateway.projection;

import io.sparsemesh.contracts.message.Envelope;
import io.sparsemesh.contracts.message.MessageCodec;
import io.sparsemesh.contracts.message.MessageException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/// Kafka records as messages.
public final class Records {

    private Records() {}

    /// @throws MessageException if the record is none of ours
    public static Envelope decode(ConsumerRecord<String, byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), MessageCodec.text(header.value()));
        }
        if (record.value() == null) {
            throw new MessageException("the record has no value");
        }
        return MessageCodec.decode(headers, record.value());
    }
}
