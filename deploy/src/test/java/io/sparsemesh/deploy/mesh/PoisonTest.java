package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

final class PoisonTest {

    private static final int DOSES = 2;

    private final Random random = new Random(1);

    private DeadLetters.Letter letter(Poison.Label label, String origin) {
        ProducerRecord<byte[], byte[]> record = Poison.record(label, random);
        Map<String, String> headers = new HashMap<>();
        record.headers().forEach(h -> headers.put(h.key(), MessageCodec.text(h.value())));
        headers.put("dead-letter-topic", origin);
        return new DeadLetters.Letter(headers, record.value());
    }

    private List<DeadLetters.Letter> all() {
        List<DeadLetters.Letter> letters = new ArrayList<>();
        for (Poison.Label label : Poison.expected(DOSES)) {
            letters.add(letter(label, label.topic()));
        }
        return letters;
    }

    @Test
    void everyReaderOfATopicSetsAsideEachKindOfEachDose() {
        assertThat(Poison.expected(DOSES))
                .hasSize(DOSES * 3 * 6)
                .noneMatch(label -> label.topic().equals(Topics.CONTROL));
        assertThat(Poison.missing(DOSES, all())).isEmpty();
    }

    @Test
    void aRepeatedLetterDoesNotStandForAnother() {
        List<DeadLetters.Letter> letters = all();
        letters.set(0, letters.get(1));
        assertThat(Poison.missing(DOSES, letters)).containsExactly(Poison.expected(DOSES).get(0));
    }

    @Test
    void aLetterOfAnotherOriginOrWithOtherBytesIsNone() {
        List<Poison.Label> expected = Poison.expected(DOSES);
        List<DeadLetters.Letter> letters = all();
        letters.set(3, letter(expected.get(3), Topics.CONTROL));
        letters.set(5, new DeadLetters.Letter(letters.get(5).headers(), new byte[1]));
        assertThat(Poison.missing(DOSES, letters))
                .containsExactly(expected.get(3), expected.get(5));
    }

    @Test
    void workersTellTheOriginByItsPlace() {
        Map<String, String> headers = Map.of("sparsemesh_place", "sparsemesh.layer-tasks-0@12");
        assertThat(new DeadLetters.Letter(headers, new byte[0]).origin())
                .isEqualTo(Topics.LAYER_TASKS);
    }
}
