package io.sparsemesh.engine.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.engine.corpus.TokenRows.Layout;
import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenRowsTest {

    private static final Supplier<Tokenizer> NONE =
            () -> {
                throw new AssertionError("token ids need no tokenizer");
            };

    @TempDir Path folder;

    private Path ids(List<Long> shape, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(bytes::putLong);
        Path file = folder.resolve("ids.safetensors");
        SafetensorsWriter.write(
                file,
                List.of(
                        new TensorSource(
                                "calib",
                                Dtype.I64,
                                shape,
                                sink -> sink.write(MemorySegment.ofArray(bytes.array())))),
                Map.of());
        return file;
    }

    private TokenRows read(Path file) {
        return TokenRows.read(file, "calib", "", NONE, 100);
    }

    private static TokenRows text(int tokens) {
        return new TokenRows("t.txt", Layout.TEXT, List.of(IntStream.range(0, tokens).toArray()));
    }

    @Test
    void flatIdsGiveWindowsFromTheFront() {
        TokenRows rows = read(ids(List.of(7L), 1, 2, 3, 4, 5, 6, 7));

        assertThat(rows.samples(2, 3, 5)).containsExactly(new int[] {1, 2, 3}, new int[] {4, 5, 6});
        assertThat(rows.windows(2))
                .containsExactly(new int[] {1, 2}, new int[] {3, 4}, new int[] {5, 6});
    }

    @Test
    void tableGivesTheBeginningsOfItsRows() {
        TokenRows rows = read(ids(List.of(2L, 3L), 1, 2, 3, 4, 5, 6));

        assertThat(rows.samples(2, 2, 5)).containsExactly(new int[] {1, 2}, new int[] {4, 5});
        assertThat(rows.windows(3)).containsExactly(new int[] {1, 2, 3}, new int[] {4, 5, 6});
    }

    @Test
    void tooFewIdsAreCounted() {
        assertThatThrownBy(() -> read(ids(List.of(5L), 1, 2, 3, 4, 5)).samples(2, 3, 0))
                .isInstanceOf(DataException.class)
                .hasMessage(
                        "[ids.safetensors] 2 samples of 3 tokens: expected at least 6 tokens,"
                                + " found 5");
        assertThatThrownBy(() -> read(ids(List.of(2L, 2L), 1, 2, 3, 4)).samples(2, 3, 0))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found 2 of 2");
        assertThatThrownBy(() -> read(ids(List.of(2L), 1, 2)).windows(3))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("window of 3 tokens, found 2");
    }

    @Test
    void idsOutsideTheVocabularyAreNamed() {
        assertThatThrownBy(() -> read(ids(List.of(2L), 1, 100)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("below 100")
                .hasMessageContaining("found 100");
        assertThatThrownBy(() -> read(ids(List.of(2L), 1, -1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found -1");
    }

    @Test
    void missingTensorAndFileAreNamed() {
        Path file = ids(List.of(2L), 1, 2);

        assertThatThrownBy(() -> TokenRows.read(file, "test", "", NONE, 100))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("'test'");
        assertThatThrownBy(() -> read(folder.resolve("none.safetensors")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("found none");
    }

    @Test
    void samplesOfATextDependOnTheSeedAlone() {
        List<int[]> first = text(1000).samples(8, 16, 3);

        assertThat(text(1000).samples(8, 16, 3)).containsExactlyElementsOf(first);
        assertThat(text(1000).samples(8, 16, 4).getFirst()).isNotEqualTo(first.getFirst());
        assertThat(first).allMatch(w -> w.length == 16 && w[15] == w[0] + 15);
        // Random(3).nextInt(1000 - 16 + 1): the generator is part of the promise.
        assertThat(first.getFirst()[0]).isEqualTo(new Random(3).nextInt(985));
    }

    @Test
    void textOfExactlyEnoughTokensIsAccepted() {
        assertThat(text(32).samples(2, 16, 1)).hasSize(2);
        assertThatThrownBy(() -> text(31).samples(2, 16, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("expected at least 32 tokens, found 31");
    }

    @Test
    void textsOfJsonLinesAreJoined() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("a.jsonl"), "{\"text\":\"a b\"}\n\n{\"text\":\"c\"}\n");

        assertThat(TextFile.read(file, "\n\n")).isEqualTo("a b\n\nc");
    }

    @Test
    void linesOfWikiTextAreTextsOfTheirOwn() throws IOException {
        Path file = Files.writeString(folder.resolve("w.raw"), " \n = A = \n \nb\n");

        assertThat(TextFile.read(file, "\n\n")).isEqualTo("\n\n = A = \n\n\n\n\nb\n");
    }

    @Test
    void lastLineOfWikiTextKeepsWhatItHas() throws IOException {
        Path file = Files.writeString(folder.resolve("w.raw"), "a\n \nb");

        assertThat(TextFile.read(file, " ")).isEqualTo("a\n  b");
    }

    @Test
    void brokenLineIsNamedByItsNumber() throws IOException {
        Path notJson = Files.writeString(folder.resolve("b.jsonl"), "{\"text\":\"a\"}\n{\"te\n");
        Path noText = Files.writeString(folder.resolve("c.jsonl"), "{\"text\":7}\n");
        Path latin = Files.write(folder.resolve("d.txt"), new byte[] {'a', (byte) 0xe4, 'b'});

        assertThatThrownBy(() -> TextFile.read(notJson, ""))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("[b.jsonl] line 2: not JSON");
        assertThatThrownBy(() -> TextFile.read(noText, ""))
                .hasMessage("[c.jsonl] line 1: 'text': expected a string, found NUMBER");
        assertThatThrownBy(() -> TextFile.read(latin, ""))
                .hasMessage("[d.txt] expected UTF-8, found other bytes");
    }
}
