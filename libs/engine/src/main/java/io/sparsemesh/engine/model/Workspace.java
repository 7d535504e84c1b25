package io.sparsemesh.engine.model;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Scratch memory of forward passes, kept from one to the next. Blocks are alike, so after the
/// first there is nothing left to allocate.
final class Workspace implements AutoCloseable {

    private record Buffer(Arena arena, Matrix matrix) {}

    private final Device device;
    private final Map<String, Buffer> buffers = new HashMap<>();

    Workspace(Device device) {
        this.device = device;
    }

    /// Device memory of that shape with unspecified contents, the same for the same slot.
    Matrix matrix(String slot, long rows, long cols) {
        Buffer buffer = buffers.get(slot);
        if (buffer == null || buffer.matrix.cols() < rows * cols) {
            buffer = replace(slot, 1, rows * cols);
        }
        return Matrix.of(buffer.matrix.data(), rows, cols);
    }

    /// A table that depends on nothing but its name and shape.
    Matrix table(String slot, long rows, long cols, Supplier<float[]> values) {
        Buffer buffer = buffers.get(slot);
        if (buffer == null || buffer.matrix.rows() != rows || buffer.matrix.cols() != cols) {
            buffer = replace(slot, rows, cols);
            try (Arena staging = Arena.ofConfined()) {
                device.upload(Matrix.of(staging, values.get(), rows, cols), buffer.matrix);
            }
        }
        return buffer.matrix;
    }

    private Buffer replace(String slot, long rows, long cols) {
        Buffer old = buffers.remove(slot);
        if (old != null) {
            old.arena.close();
        }
        Arena arena = Arena.ofShared();
        Buffer fresh = new Buffer(arena, device.allocate(arena, rows, cols));
        buffers.put(slot, fresh);
        return fresh;
    }

    @Override
    public void close() {
        buffers.values().forEach(buffer -> buffer.arena.close());
        buffers.clear();
    }
}
