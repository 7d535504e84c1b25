package io.sparsemesh.contracts.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What an earlier version said, and what may lie in Kafka while a mesh is upgraded, is understood:
/// no field of it is refused or lost. `MessagesRun` of `deploy` recorded it.
class RecordedMessagesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    static List<String> recorded() throws IOException {
        try (InputStream in =
                RecordedMessagesTest.class.getResourceAsStream("messages-0.1.0.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static Message read(String line) {
        String[] parts = line.split("\t", 2);
        return MessageCodec.decode(
                        Map.of("ce_id", "1", "ce_type", parts[0]),
                        parts[1].getBytes(StandardCharsets.UTF_8))
                .message();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void itIsUnderstoodWhole(String line) throws IOException {
        JsonNode said = JSON.readTree(line.split("\t", 2)[1]);
        JsonNode understood = JSON.readTree(MessageCodec.value(read(line)));

        assertKept("", said, understood);
    }

    /// Whatever was said is still there; later versions may say more.
    private static void assertKept(String place, JsonNode said, JsonNode understood) {
        if (said.isObject()) {
            said.properties()
                    .forEach(
                            field ->
                                    assertKept(
                                            place + "/" + field.getKey(),
                                            field.getValue(),
                                            understood.path(field.getKey())));
        } else if (said.isArray()) {
            assertThat(understood).as(place).hasSize(said.size());
            for (int i = 0; i < said.size(); i++) {
                assertKept(place + "/" + i, said.get(i), understood.get(i));
            }
        } else {
            assertThat(understood).as(place).isEqualTo(said);
        }
    }

    @Test
    void everyKindOfMessageWasRecorded() throws IOException {
        Set<MessageType> types = EnumSet.noneOf(MessageType.class);
        recorded().forEach(line -> types.add(MessageType.of(read(line))));

        assertThat(types).containsExactlyInAnyOrder(MessageType.values());
    }
}
