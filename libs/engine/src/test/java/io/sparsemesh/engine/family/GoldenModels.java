package io.sparsemesh.engine.family;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The reference's forward passes of small random models (`golden/models` of the shared data).
final class GoldenModels {

    static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared", "../shared"));
    static final Path FOLDER = SHARED.resolve("golden/models");

    private GoldenModels() {}

    /// The cases of families that are supported; skips the test where the data is not there.
    static List<Path> supported() {
        assumeTrue(Files.isDirectory(FOLDER), () -> "no golden models in " + FOLDER);
        try (Stream<Path> folders = Files.list(FOLDER)) {
            return folders.filter(GoldenModels::isSupported).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSupported(Path folder) {
        String name = folder.getFileName().toString();
        return Families.supported().stream()
                .anyMatch(type -> name.equals(type) || name.startsWith(type + "-"));
    }

    static SafetensorsFile golden(Path folder) {
        return SafetensorsFile.open(folder.resolve("golden.safetensors"));
    }

    static int[] ids(SafetensorsFile golden) {
        Tensor ids = golden.tensor("input_ids");
        long[] values = ids.readLongs(0, (int) ids.elements());
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    /// For each position the id after it, and no target for the last of each sequence.
    static int[] nextTokens(int[] ids, int length) {
        int[] targets = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            targets[i] = i % length == length - 1 ? -1 : ids[i + 1];
        }
        return targets;
    }

    static float[] download(Device device, Matrix matrix) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(arena, matrix.rows(), matrix.cols());
            device.download(matrix, host);
            return host.toArray();
        }
    }

    static double largestDifference(float[] a, float[] b) {
        if (a.length != b.length) {
            throw new AssertionError("expected %d values, found %d".formatted(b.length, a.length));
        }
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            largest = Math.max(largest, difference); // NaN stays
        }
        return largest;
    }
}
