package io.sparsemesh.contracts.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestDocumentTest {

    private static final TextSource LINES = new TextSource("file:///a.jsonl", "", "body");
    private static final TextSource IDS = new TextSource("file:///b.safetensors", "ids");

    private static JsonNode calibration(Sampling sampling, TextSource... sources) throws Exception {
        List<Calibration.Source> weighted =
                IntStream.range(0, sources.length)
                        .mapToObj(i -> new Calibration.Source(sources[i], i + 1))
                        .toList();
        return json(
                MessageCodec.mapper()
                        .writeValueAsString(
                                RequestDocument.calibration(
                                        new Calibration(weighted, sampling, 8, 64, 3))));
    }

    private static JsonNode json(String text) throws Exception {
        return MessageCodec.mapper().readTree(text.replace('\'', '"'));
    }

    @Test
    void oneSourceStandsByItself() throws Exception {
        assertThat(calibration(Sampling.DOCUMENT, LINES))
                .isEqualTo(
                        json(
                                "{'uri':'file:///a.jsonl','field':'body','packing':'document',"
                                        + "'samples':8,'sequenceLength':64,'seed':3}"));
        assertThat(calibration(Sampling.PACKED, IDS))
                .isEqualTo(
                        json(
                                "{'uri':'file:///b.safetensors','tensor':'ids',"
                                        + "'samples':8,'sequenceLength':64,'seed':3}"));
    }

    @Test
    void severalSourcesHaveTheirWeights() throws Exception {
        assertThat(calibration(Sampling.PACKED, LINES, IDS).get("sources"))
                .isEqualTo(
                        json(
                                "[{'uri':'file:///a.jsonl','field':'body','weight':1.0},"
                                        + "{'uri':'file:///b.safetensors','tensor':'ids','weight':2.0}]"));
    }

    @ParameterizedTest
    @CsvSource({"WIKITEXT2, wikitext2", "PTB, ptb", "C4, c4"})
    void samplerTakesThePlaceOfPacking(Sampling sampling, String name) throws Exception {
        JsonNode found = calibration(sampling, LINES);

        assertThat(found.get("sampler").textValue()).isEqualTo(name);
        assertThat(found.has("packing")).isFalse();
    }
}
