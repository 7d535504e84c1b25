package io.sparsemesh.contracts.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Turns messages into Kafka records and back: JSON values, CloudEvents 1.0 attributes as headers.
public final class MessageCodec {

    /// Largest value that may be published: control records carry names and digests, not data.
    public static final int MAX_BYTES = 64 * 1024;

    private static final String ID = "ce_id";
    private static final String TYPE = "ce_type";
    private static final String SOURCE = "ce_source";
    private static final String TIME = "ce_time";

    /// As W3C Trace Context and the tools that read it call it, without the prefix of CloudEvents.
    private static final String TRACEPARENT = "traceparent";

    private static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .addModule(new JavaTimeModule())
                    .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    private MessageCodec() {}

    /// The mapper that every service uses for contract types, in messages and at rest.
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /// The CloudEvents headers of `envelope`, in a fixed order.
    public static Map<String, String> headers(Envelope envelope) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("ce_specversion", "1.0");
        headers.put(ID, envelope.id());
        headers.put(TYPE, MessageType.of(envelope.message()).typeName());
        headers.put(SOURCE, envelope.source());
        headers.put(TIME, envelope.time().toString());
        headers.put("ce_subject", envelope.message().subject());
        headers.put("content-type", "application/json");
        if (!envelope.traceparent().isEmpty()) {
            headers.put(TRACEPARENT, envelope.traceparent());
        }
        return headers;
    }

    /// The record's value.
    ///
    /// @throws MessageException if it would be longer than [#MAX_BYTES]
    public static byte[] value(Message message) {
        byte[] bytes;
        try {
            bytes = MAPPER.writeValueAsBytes(message);
        } catch (JsonProcessingException e) {
            throw new MessageException("cannot write " + MessageType.of(message).typeName(), e);
        }
        if (bytes.length > MAX_BYTES) {
            throw new MessageException(
                    "%s about %s: expected at most %d bytes, found %d"
                            .formatted(
                                    MessageType.of(message).typeName(),
                                    message.subject(),
                                    MAX_BYTES,
                                    bytes.length));
        }
        return bytes;
    }

    /// What a record says it is, whether or not its value can be read.
    ///
    /// @param headers the record's headers as text
    public static Optional<MessageType> type(Map<String, String> headers) {
        return Optional.ofNullable(headers.get(TYPE)).flatMap(MessageType::named);
    }

    /// Reads a record.
    ///
    /// @param headers the record's headers as text
    /// @throws MessageException if a header is missing, the type is unknown or the value is not
    ///     of that type
    public static Envelope decode(Map<String, String> headers, byte[] value) {
        String typeName = required(headers, TYPE);
        MessageType type =
                MessageType.named(typeName)
                        .orElseThrow(
                                () -> new MessageException("unknown message type " + typeName));
        return new Envelope(
                required(headers, ID),
                headers.getOrDefault(SOURCE, ""),
                time(headers),
                read(type, value),
                headers.getOrDefault(TRACEPARENT, ""));
    }

    private static Message read(MessageType type, byte[] value) {
        try {
            Message message = MAPPER.readValue(value, type.messageClass());
            if (message == null) {
                throw new MessageException(type.typeName() + ": the value is null");
            }
            return message;
        } catch (IOException e) {
            throw new MessageException("malformed " + type.typeName() + ": " + e.getMessage(), e);
        }
    }

    private static Instant time(Map<String, String> headers) {
        try {
            return Instant.parse(headers.getOrDefault(TIME, ""));
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    private static String required(Map<String, String> headers, String name) {
        String value = headers.get(name);
        if (value == null || value.isEmpty()) {
            throw new MessageException("missing header " + name);
        }
        return value;
    }

    /// Text of a header's bytes.
    public static String text(byte[] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
}
