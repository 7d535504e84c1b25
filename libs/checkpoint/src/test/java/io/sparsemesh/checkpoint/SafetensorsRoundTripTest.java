package io.sparsemesh.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever is written reads back the same, for random sets of tensors.
class SafetensorsRoundTripTest {

    private static Path folder;

    /// A random tensor's header entry; its bytes come from the seed.
    record Sample(Dtype dtype, List<Long> shape, long seed) {

        TensorSource source(String name) {
            return new TensorSource(name, dtype, shape, this::writePieces);
        }

        byte[] bytes() {
            long elements = shape.stream().reduce(1L, (a, b) -> a * b);
            byte[] bytes = new byte[Math.toIntExact(elements * dtype.bytes())];
            new Random(seed).nextBytes(bytes);
            return bytes;
        }

        private void writePieces(TensorSource.Sink sink) throws IOException {
            byte[] bytes = bytes();
            Random pieces = new Random(~seed);
            for (int done = 0, n; done < bytes.length; done += n) {
                n = Math.min(bytes.length - done, pieces.nextInt(0, 50));
                sink.write(MemorySegment.ofArray(bytes).asSlice(done, n));
            }
        }
    }

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("round-trip");
    }

    @AfterContainer
    static void deleteFolder() throws IOException {
        DurableFiles.delete(folder);
    }

    @Provide
    Arbitrary<List<Sample>> samples() {
        Arbitrary<List<Long>> shapes =
                Arbitraries.longs().between(0, 7).list().ofMinSize(0).ofMaxSize(4);
        return Combinators.combine(Arbitraries.of(Dtype.values()), shapes, Arbitraries.longs())
                .as(Sample::new)
                .list()
                .ofMaxSize(20);
    }

    @Provide
    Arbitrary<List<String>> names() {
        return Arbitraries.strings()
                .ofMinLength(1)
                .ofMaxLength(40)
                .filter(name -> !name.equals(SafetensorsHeader.METADATA))
                .filter(name -> StandardCharsets.UTF_8.newEncoder().canEncode(name))
                .list()
                .uniqueElements()
                .ofSize(20);
    }

    @Property(tries = 150)
    void writtenTensorsReadBackTheSame(
            @ForAll("samples") List<Sample> samples,
            @ForAll("names") List<String> names,
            @ForAll("names") List<String> texts) {
        Path path = folder.resolve("a.safetensors");
        Map<String, String> metadata = Map.of(texts.get(0), texts.get(1), texts.get(2), "");

        FileDigest digest = SafetensorsWriter.write(path, sources(samples, names), metadata);

        assertThat(digest).isEqualTo(FileDigest.of(path));
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).isEqualTo(metadata);
            assertThat(file.tensors()).hasSize(samples.size());
            for (int i = 0; i < samples.size(); i++) {
                Tensor tensor = file.tensor(names.get(i));
                assertThat(tensor.dtype()).isEqualTo(samples.get(i).dtype());
                assertThat(tensor.shape()).isEqualTo(samples.get(i).shape());
                assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(samples.get(i).bytes());
                assertThat(tensor.data().address() % tensor.dtype().bytes()).isZero();
            }
        }
        assertThat(RawFiles.entries(folder)).containsExactly("a.safetensors");
    }

    @Property(tries = 50)
    void sameInputGivesTheSameBytes(
            @ForAll("samples") List<Sample> samples, @ForAll("names") List<String> names)
            throws IOException {
        Map<String, String> metadata = Map.of("format", "pt", "a", "1", "z", "2");
        Path first = folder.resolve("a.safetensors");
        Path second = folder.resolve("b.safetensors");

        SafetensorsWriter.write(first, sources(samples, names), metadata);
        SafetensorsWriter.write(second, sources(samples, names), Map.copyOf(metadata));

        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
        Files.delete(second);
    }

    private static List<TensorSource> sources(List<Sample> samples, List<String> names) {
        return IntStream.range(0, samples.size())
                .mapToObj(i -> samples.get(i).source(names.get(i)))
                .collect(ArrayList::new, List::add, List::addAll);
    }
}
