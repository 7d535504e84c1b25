package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

    private static final int HALT = 77;

    @TempDir Path folder;

    private Path target() {
        return folder.resolve("model.safetensors");
    }

    @Test
    void bytesAreExactlyThoseOfTheFormat() throws IOException {
        SafetensorsWriter.write(
                target(),
                List.of(
                        TensorSource.ofF32(
                                "b",
                                Dtype.BF16,
                                List.of(2L),
                                MemorySegment.ofArray(new float[] {1, -2})),
                        bytes("é\"", 3)),
                Map.of("format", "pt"));

        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]},"
                        + "\"é\\\"\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]}}";
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        String padding = " ".repeat((8 - json.length % 8) % 8);
        byte[] data = {(byte) 0x80, 0x3f, 0, (byte) 0xc0, 0, 1, 2};
        byte[] padded = (header + padding).getBytes(StandardCharsets.UTF_8);
        assertThat(padding).isNotEmpty();
        assertThat(target()).hasBinaryContent(RawFiles.bytes(padded.length, padded, data));
    }

    @Test
    void widerElementsLieFirstSoThatAllAreAligned() {
        SafetensorsWriter.write(
                target(),
                List.of(
                        bytes("a", 3),
                        new TensorSource(
                                "b",
                                Dtype.I64,
                                List.of(),
                                sink -> sink.write(MemorySegment.ofArray(new long[] {5}))),
                        bytes("c", 1)),
                Map.of());

        try (SafetensorsFile file = SafetensorsFile.open(target())) {
            assertThat(file.tensors().sequencedKeySet()).containsExactly("b", "a", "c");
            assertThat(file.tensor("b").readLongs(0, 1)).containsExactly(5);
        }
    }

    @Test
    void noTensorsAtAllIsAFile() {
        FileDigest digest = SafetensorsWriter.write(target(), List.of(), Map.of());

        assertThat(digest.size()).isEqualTo(16);
        try (SafetensorsFile file = SafetensorsFile.open(target())) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void aSourceThatThrowsLeavesNothing() {
        TensorSource failing =
                new TensorSource(
                        "bad",
                        Dtype.U8,
                        List.of(4L),
                        sink -> {
                            sink.write(MemorySegment.ofArray(new byte[2]));
                            throw new IOException("disk on fire");
                        });

        assertThatThrownBy(
                        () ->
                                SafetensorsWriter.write(
                                        target(), List.of(bytes("a", 9), failing), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(
                        "[model.safetensors] tensor 'bad': cannot be written: java.io.IOException:"
                                + " disk on fire")
                .hasCauseInstanceOf(IOException.class);
        assertThat(RawFiles.entries(folder)).isEmpty();
    }

    @Test
    void uncheckedFailuresAndErrorsComeThroughAndLeaveNothing() {
        for (Throwable failure :
                List.of(new IllegalStateException("no"), new StackOverflowError())) {
            TensorSource failing =
                    new TensorSource("bad", Dtype.U8, List.of(4L), _ -> sneakyThrow(failure));

            assertThatThrownBy(() -> SafetensorsWriter.write(target(), List.of(failing), Map.of()))
                    .isSameAs(failure);
            assertThat(RawFiles.entries(folder)).isEmpty();
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneakyThrow(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void aFailedWriteLeavesTheOldFile() throws IOException {
        Files.writeString(target(), "old");
        TensorSource tooShort =
                new TensorSource(
                        "s",
                        Dtype.F32,
                        List.of(2L),
                        sink -> sink.write(MemorySegment.ofArray(new byte[4])));
        TensorSource tooLong =
                new TensorSource(
                        "l",
                        Dtype.F32,
                        List.of(2L),
                        sink -> sink.write(MemorySegment.ofArray(new byte[9])));

        assertThatThrownBy(() -> SafetensorsWriter.write(target(), List.of(tooShort), Map.of()))
                .hasMessage("[model.safetensors] tensor 's': expected 8 bytes, found 4");
        assertThatThrownBy(() -> SafetensorsWriter.write(target(), List.of(tooLong), Map.of()))
                .hasMessage("[model.safetensors] tensor 'l': expected 8 bytes, found 9");
        assertThat(target()).hasContent("old");
        assertThat(RawFiles.entries(folder)).containsExactly("model.safetensors");
    }

    @Test
    void anOldFileIsReplaced() throws IOException {
        Files.writeString(target(), "old");

        FileDigest digest = SafetensorsWriter.write(target(), List.of(bytes("a", 3)), Map.of());

        assertThat(FileDigest.of(target())).isEqualTo(digest);
    }

    @Test
    void unsyncedBytesAreTheSame() throws IOException {
        Path other = folder.resolve("other.safetensors");
        List<TensorSource> tensors = List.of(bytes("a", 3), bytes("b", 900_000));

        FileDigest written = SafetensorsWriter.write(target(), tensors, Map.of("k", "v"));
        FileDigest unsynced = SafetensorsWriter.writeUnsynced(other, tensors, Map.of("k", "v"));

        assertThat(other).hasSameBinaryContentAs(target());
        assertThat(unsynced.sha256()).isEqualTo(written.sha256());
        assertThat(RawFiles.entries(folder))
                .containsExactlyInAnyOrder("model.safetensors", "other.safetensors");
    }

    @Test
    void anUnsyncedFileIsNewAndGoesWhenItsSourceFails() throws IOException {
        TensorSource failing = new TensorSource("bad", Dtype.U8, List.of(4L), _ -> {});
        assertThatThrownBy(
                        () ->
                                SafetensorsWriter.writeUnsynced(
                                        target(), List.of(bytes("a", 9), failing), Map.of()))
                .hasMessage("[model.safetensors] tensor 'bad': expected 4 bytes, found 0");
        assertThat(RawFiles.entries(folder)).isEmpty();

        Files.writeString(target(), "old");
        assertThatThrownBy(
                        () ->
                                SafetensorsWriter.writeUnsynced(
                                        target(), List.of(bytes("a", 9)), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[model.safetensors] cannot be written: ");
        assertThat(target()).hasContent("old");
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        assertThatThrownBy(
                        () ->
                                SafetensorsWriter.write(
                                        folder.resolve("no/model.safetensors"),
                                        List.of(),
                                        Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[model.safetensors] cannot be written: ");
    }

    @Test
    void whatTheReaderRefusesIsNotWritten() {
        assertRefused(List.of(bytes("a", 1), bytes("a", 1)), "tensor 'a': the name is taken");
        assertRefused(
                List.of(bytes("__metadata__", 1)), "tensor '__metadata__': the name is taken");
        assertRefused(List.of(bytes("", 1)), "expected a name of 1 to 512 bytes, found 0");
        assertRefused(
                List.of(bytes("x".repeat(513), 1)),
                "tensor '"
                        + "x".repeat(200)
                        + "...': expected a name of 1 to 512 bytes, found 513");
        assertRefused(
                List.of(bytes("\udc00", 1)),
                "expected Unicode text, found half a surrogate pair in '\\udc00'");
        assertRefused(
                List.of(shaped(Collections.nCopies(33, 1L))),
                "tensor 'x': shape: expected at most 32 numbers");
        assertRefused(
                List.of(shaped(List.of(-1L))),
                "tensor 'x': expected dimensions of 0 and more, found [-1]");
        assertRefused(
                List.of(shaped(List.of(1L << 62, 4L))),
                "tensor 'x': shape [4611686018427387904, 4] is larger than 2^63 bytes");
        assertRefused(
                List.of(shaped("a", 1L << 62), shaped("b", 1L << 62)),
                "tensor 'b': ends beyond 2^63 bytes");
        assertRefused(
                IntStream.range(0, 65_537).mapToObj(i -> bytes("t" + i, 0)).toList(),
                "expected at most 65536 tensors and 4096 metadata entries, found 65537 and 0");
        assertRefused(
                IntStream.range(0, 40_000).mapToObj(i -> bytes("x".repeat(500) + i, 0)).toList(),
                "expected a header of at most 16777216 bytes, found ");
    }

    private void assertRefused(List<TensorSource> tensors, String message) {
        assertThatThrownBy(() -> SafetensorsWriter.write(target(), tensors, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("[model.safetensors] " + message);
        assertThat(RawFiles.entries(folder)).isEmpty();
    }

    @Test
    void theGreatestNumberOfTensorsIsWrittenAndRead() {
        SafetensorsWriter.write(
                target(),
                IntStream.range(0, 65_536).mapToObj(i -> bytes("t" + i, 1)).toList(),
                Map.of());

        try (SafetensorsFile file = SafetensorsFile.open(target())) {
            assertThat(file.tensors()).hasSize(65_536);
            assertThat(file.tensor("t65535").readLongs(0, 1)).containsExactly(0);
        }
    }

    /// A process that dies while writing leaves no file of the target's name; what it leaves
    /// is hidden.
    @Test
    void aProcessThatDiesWhileWritingLeavesTheTargetAlone() throws Exception {
        Files.writeString(target(), "old");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Dying.class.getName(),
                                target().toString())
                        .inheritIO()
                        .start();

        assertThat(process.waitFor()).isEqualTo(HALT);

        assertThat(target()).hasContent("old");
        assertThat(RawFiles.entries(folder))
                .hasSize(2)
                .first()
                .asString()
                .startsWith(".model.safetensors.tmp-");
    }

    /// Entry point of a process that dies between two tensors.
    static final class Dying {
        private Dying() {}

        public static void main(String[] args) {
            TensorSource death =
                    new TensorSource(
                            "d", Dtype.U8, List.of(1L), _ -> Runtime.getRuntime().halt(HALT));
            SafetensorsWriter.write(Path.of(args[0]), List.of(bytes("a", 100), death), Map.of());
        }
    }

    /// U8 tensor 0, 1, 2, ...
    private static TensorSource bytes(String name, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) i;
        }
        return new TensorSource(
                name,
                Dtype.U8,
                List.of((long) count),
                sink -> sink.write(MemorySegment.ofArray(bytes)));
    }

    private static TensorSource shaped(List<Long> shape) {
        return new TensorSource("x", Dtype.U8, shape, _ -> {});
    }

    private static TensorSource shaped(String name, long length) {
        return new TensorSource(name, Dtype.U8, List.of(length), _ -> {});
    }
}
