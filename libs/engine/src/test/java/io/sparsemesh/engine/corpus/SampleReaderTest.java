package io.sparsemesh.engine.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.engine.corpus.SampleChoice.How;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.EnumSource;

class SampleReaderTest {

    private static final Path PROJECT = Path.of("../..");
    private static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared"));

    @TempDir private Path folder;

    private static Path existing(Path path) {
        assumeTrue(Files.exists(path), () -> path + " is not there");
        return path;
    }

    private static Path file(String path) {
        String shared = "../shared/";
        return existing(
                path.startsWith(shared)
                        ? SHARED.resolve(path.substring(shared.length()))
                        : PROJECT.resolve(path));
    }

    private static Tokenizer tokenizer(String name) {
        return Tokenizer.open(
                name.equals("demo")
                        ? PROJECT.resolve("deploy/demo/valley-opt")
                        : existing(SHARED.resolve(name)));
    }

    /// `samples.csv` is made by `src/test/python/make_samples.py`.
    @ParameterizedTest
    @CsvFileSource(resources = "/corpus/samples.csv", numLinesToSkip = 1)
    void samplesAreThoseThatTheReferenceDraws(
            String sampler,
            String model,
            String path,
            int samples,
            int length,
            long seed,
            String starts,
            String sha256)
            throws Exception {
        How how = How.valueOf(sampler.toUpperCase(Locale.ROOT));
        SampleChoice choice =
                new SampleChoice(List.of(part(file(path), samples)), how, length, seed);
        try (Tokenizer tokenizer = tokenizer(model)) {
            List<int[]> found = new SampleReader(() -> tokenizer, 1 << 20).read(choice);

            assertThat(found).hasSize(starts.split(" ").length).allMatch(s -> s.length == length);
            assertThat(digest(found)).isEqualTo(sha256);
        }
    }

    private static String digest(List<int[]> samples) throws Exception {
        int[] ids = samples.stream().flatMapToInt(IntStream::of).toArray();
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.of(ids).forEach(bytes::putLong);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }

    private static SampleChoice.Part part(Path file, int samples) {
        return new SampleChoice.Part(file, "input_ids", "text", samples);
    }

    /// Words `w0` to `w99` are the ids 0 to 99, without specials.
    private Tokenizer numbers() throws IOException {
        String vocabulary =
                IntStream.range(0, 100)
                        .mapToObj("\"w%1$d\": %1$d"::formatted)
                        .collect(Collectors.joining(", "));
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"version": "1.0", "added_tokens": [], "normalizer": null,
                 "post_processor": null, "decoder": null, "truncation": null, "padding": null,
                 "pre_tokenizer": {"type": "Whitespace"},
                 "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {%s}}}"""
                        .formatted(vocabulary));
        return Tokenizer.open(folder);
    }

    private Path lines(String name, String field, int... lengths) throws IOException {
        StringBuilder lines = new StringBuilder();
        int word = 0;
        for (int length : lengths) {
            String text =
                    IntStream.range(word, word + length)
                            .mapToObj(w -> "w" + w % 100)
                            .collect(Collectors.joining(" "));
            lines.append("{\"%s\": \"%s\"}\n".formatted(field, text));
            word += length;
        }
        return Files.writeString(folder.resolve(name), lines);
    }

    private List<int[]> read(How how, int length, long seed, SampleChoice.Part... parts)
            throws IOException {
        try (Tokenizer tokenizer = numbers()) {
            return new SampleReader(() -> tokenizer, 100)
                    .read(new SampleChoice(List.of(parts), how, length, seed));
        }
    }

    @Test
    void documentsGiveTheBeginningsOfDifferentOnes() throws IOException {
        Path file = lines("d.jsonl", "text", 10, 3, 10, 10, 4, 10);

        List<int[]> found = read(How.DOCUMENT, 5, 1, part(file, 4));

        assertThat(found).extracting(ids -> ids[0]).containsExactlyInAnyOrder(0, 13, 23, 37);
        assertThat(found).allMatch(ids -> ids.length == 5 && ids[4] == ids[0] + 4);
        assertThat(read(How.DOCUMENT, 5, 1, part(file, 4))).containsExactlyElementsOf(found);
        assertThat(read(How.DOCUMENT, 5, 2, part(file, 4)).stream().map(ids -> ids[0]).toList())
                .isNotEqualTo(found.stream().map(ids -> ids[0]).toList());
    }

    @Test
    void fieldOfLinesIsRead() throws IOException {
        Path file = lines("f.jsonl", "body", 20);

        List<int[]> found = read(How.PACKED, 5, 3, new SampleChoice.Part(file, "", "body", 2));

        assertThat(found).hasSize(2).allMatch(ids -> ids[4] == ids[0] + 4);
        assertThatThrownBy(() -> read(How.PACKED, 5, 3, part(file, 2)))
                .isInstanceOf(DataException.class)
                .hasMessage("[f.jsonl] line 1: 'text': expected a string, found nothing");
    }

    /// The same file twice gives other samples the second time.
    @Test
    void partsAreDrawnByThemselves() throws IOException {
        Path file = lines("a.jsonl", "text", 90);
        Path other = lines("b.jsonl", "text", 8, 8);

        List<int[]> found = read(How.PACKED, 6, 0, part(file, 3), part(other, 1), part(file, 3));

        List<int[]> first = read(How.PACKED, 6, 0, part(file, 3));
        List<int[]> last = read(How.PACKED, 6, 2, part(file, 3));
        assertThat(found).hasSize(7);
        assertThat(found.subList(0, 3)).containsExactlyElementsOf(first);
        assertThat(found.subList(4, 7)).containsExactlyElementsOf(last);
        assertThat(last.getFirst()).isNotEqualTo(first.getFirst());
    }

    private ThrowingCallable reading(How how, int samples, int length, int... lengths) {
        return () -> read(how, length, 0, part(lines("s.jsonl", "text", lengths), samples));
    }

    @Test
    void tooFewTextsAreCounted() {
        assertThatThrownBy(reading(How.DOCUMENT, 3, 5, 5, 4, 6))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[s.jsonl] expected at least 3 texts of 5 or more tokens, found 2 of 3");
        assertThatThrownBy(reading(How.C4, 1, 6, 6, 4, 6))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[s.jsonl] expected at least 1 texts of more than 6 tokens, found 0 of 3");
    }

    @ParameterizedTest
    @EnumSource(names = {"WIKITEXT2", "PTB", "C4"})
    void textNoLongerThanAWindowIsRefused(How how) throws IOException {
        assertThat(read(how, 5, 0, part(lines("s.jsonl", "text", 6), 2))).hasSize(2);
        assertThatThrownBy(reading(how, 2, 6, 6))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("more than 6 tokens");
    }

    @Test
    void tokenThatTheModelDoesNotHaveIsNamed() throws IOException {
        Path file = lines("v.jsonl", "text", 60);
        try (Tokenizer tokenizer = numbers()) {
            SampleReader small = new SampleReader(() -> tokenizer, 50);
            for (How how : How.values()) {
                SampleChoice choice = new SampleChoice(List.of(part(file, 1)), how, 5, 0);
                assertThatThrownBy(() -> small.read(choice))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("[v.jsonl] expected token ids below 50");
            }
        }
    }
}
