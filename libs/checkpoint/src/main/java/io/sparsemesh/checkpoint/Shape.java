package io.sparsemesh.checkpoint;

import java.util.List;

/// Arithmetic on tensor shapes, safe against overflow.
final class Shape {

    private Shape() {}

    /// Product of the dimensions; 1 for a scalar.
    ///
    /// @throws CheckpointException for a negative dimension or a product of 2^63 and more
    static long elements(String file, String tensor, List<Long> shape) {
        long elements = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new CheckpointException(
                        file, tensor, "expected dimensions of 0 and more, found " + shape);
            }
            elements = product(file, tensor, shape, elements, dimension);
        }
        return elements;
    }

    /// Bytes of a tensor of this shape.
    static long bytes(String file, String tensor, Dtype dtype, List<Long> shape) {
        return product(file, tensor, shape, elements(file, tensor, shape), dtype.bytes());
    }

    private static long product(String file, String tensor, List<Long> shape, long a, long b) {
        if (Math.multiplyHigh(a, b) != 0 || a * b < 0) {
            throw new CheckpointException(
                    file, tensor, "shape " + shape + " is larger than 2^63 bytes");
        }
        return a * b;
    }
}
