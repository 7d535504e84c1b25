package io.sparsemesh.scheduler.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.contracts.message.MessageCodec;

/// Contract types in JSON columns.
final class Json {

    private Json() {}

    static String write(Object value) {
        try {
            return MessageCodec.mapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass(), e);
        }
    }

    static <T> T read(String json, Class<T> type) {
        try {
            return MessageCodec.mapper().readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "expected a stored %s, found %s".formatted(type.getSimpleName(), json), e);
        }
    }
}
