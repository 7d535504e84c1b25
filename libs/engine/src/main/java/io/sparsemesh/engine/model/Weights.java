package io.sparsemesh.engine.model;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceMemory;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Weights on a device, each loaded when first asked for and freed together. Where they are more
/// than the device has room for, each matrix is freed when the next one is asked for.
final class Weights implements AutoCloseable {

    /// What of a device's free memory weights may take: the rest is for what is computed with them.
    private static final double SHARE = 0.5;

    private final WeightReader reader;
    private final Device device;
    private final Map<String, WeightDescription> described;
    private final Map<String, Matrix> loaded = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    private boolean passing;
    private Arena passed = Arena.ofShared();

    /// @param weights what may be asked for
    Weights(WeightReader reader, Device device, Stream<WeightDescription> weights) {
        this.reader = reader;
        this.device = device;
        described =
                weights.collect(Collectors.toMap(WeightDescription::tensor, Function.identity()));
    }

    /// Loads all of them now, if there is room for them; on failure nothing stays allocated.
    ///
    /// @param bytes that they take
    void load(long bytes) {
        passing = device.memory().map(memory -> bytes > SHARE * free(memory)).orElse(false);
        try {
            described.values().stream()
                    .filter(weight -> !passing || isVector(weight))
                    .map(WeightDescription::tensor)
                    .forEach(this::matrix);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static long free(DeviceMemory memory) {
        return memory.totalBytes() - memory.usedBytes();
    }

    private static boolean isVector(WeightDescription weight) {
        return weight.shape().size() < 2;
    }

    /// Whether a matrix is there until the next one is asked for only.
    boolean arePassing() {
        return passing;
    }

    /// The tensor as a matrix, until the next one is asked for; a vector is one row, and stays.
    Matrix matrix(String tensor) {
        WeightDescription description = description(tensor);
        return passing && !isVector(description) ? pass(description) : kept(tensor);
    }

    private Matrix pass(WeightDescription weight) {
        passed.close();
        passed = Arena.ofShared();
        return reader.load(weight, device, passed);
    }

    private Matrix kept(String tensor) {
        Matrix matrix = loaded.get(tensor);
        if (matrix == null) {
            matrix = reader.load(description(tensor), device, arena);
            loaded.put(tensor, matrix);
        }
        return matrix;
    }

    /// The vector, or `n` times `otherwise` where the model has none.
    Matrix vector(String tensor, long n, float otherwise) {
        return described.containsKey(tensor)
                ? matrix(tensor)
                : loaded.computeIfAbsent(tensor, name -> constant(n, otherwise));
    }

    /// The vector with one added to each element.
    Matrix onePlus(String tensor) {
        Matrix weight = matrix(tensor);
        return loaded.computeIfAbsent(
                "1 + " + tensor,
                name -> {
                    Matrix sum = constant(weight.cols(), 1);
                    device.neural().add(weight, sum);
                    return sum;
                });
    }

    private Matrix constant(long n, float value) {
        Matrix vector = device.allocate(arena, 1, n);
        try (Arena staging = Arena.ofConfined()) {
            Matrix host = Matrix.allocate(staging, 1, n);
            for (long i = 0; i < n; i++) {
                host.set(0, i, value);
            }
            device.upload(host, vector);
        }
        return vector;
    }

    /// Rows of a table, without loading the others.
    void gather(String tensor, int[] rows, Matrix target) {
        reader.gather(description(tensor), rows, device, target);
    }

    private WeightDescription description(String tensor) {
        return Optional.ofNullable(described.get(tensor))
                .orElseThrow(
                        () -> new IllegalArgumentException(tensor + ": not in the description"));
    }

    @Override
    public void close() {
        passed.close();
        arena.close();
    }
}
