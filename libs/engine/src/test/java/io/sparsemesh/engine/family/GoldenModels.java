package io.sparsemesh.engine.family;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparsemesh.checkpoint.SafetensorsFile;
import io.sparsemesh.checkpoint.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Forward passes of small random models by the reference (`golden/models` of the shared data) and,
/// for options no case of its has, by transformers (the test resources, made by `make_golden.py`).
public final class GoldenModels {

    static final Path SHARED = Path.of(System.getProperty("sparsemesh.shared", "../shared"));
    static final Path FOLDER = SHARED.resolve("golden/models");

    private GoldenModels() {}

    /// The reference's cases; skips the test where the shared data is not there.
    public static List<Path> reference() {
        assumeTrue(Files.isDirectory(FOLDER), () -> "no golden models in " + FOLDER);
        return folders(FOLDER);
    }

    /// The cases made by transformers.
    public static List<Path> own() {
        try {
            return folders(Resources.folder("/golden/models"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> folders(Path folder) {
        try (Stream<Path> folders = Files.list(folder)) {
            return folders.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
