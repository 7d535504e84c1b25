package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// An operand in host memory and its image on a device: the same elements at the same stride and
/// the same distance from an aligned address, and a sentinel in every float around and between.
final class MirroredOperand {

    /// Not a number, so that what is computed from it shows, and none that arithmetic makes.
    private static final int SENTINEL = 0x7fc5a5a5;

    private static final long MARGIN = Matrix.ALIGNMENT / Float.BYTES;

    private final Matrix host;
    private final Matrix sent;
    private final Matrix image;
    private final long begin;
    private boolean writable;

    MirroredOperand(Device device, Arena arena, Matrix host) {
        this.host = host;
        long length = span(host.rows(), host.cols(), host.stride()) + 3 * MARGIN;
        image = device.scratch(arena, 1, length);
        long distance = host.data().address() - image.data().address();
        begin = MARGIN + Math.floorMod(distance, Matrix.ALIGNMENT) / Float.BYTES;
        sent = Matrix.allocate(arena, 1, length);
        for (long i = 0; i < length; i++) {
            sent.data().setAtIndex(ValueLayout.JAVA_INT, i, SENTINEL);
        }
        elements(sent).copyFrom(host);
        device.upload(sent, image);
    }

    /// Floats from the first element to the last.
    static long span(long rows, long cols, long stride) {
        return rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
    }

    private Matrix elements(Matrix whole) {
        return new Matrix(
                whole.data().asSlice(begin * Float.BYTES), host.rows(), host.cols(), host.stride());
    }

    Matrix onDevice() {
        return elements(image);
    }

    MirroredOperand writable() {
        writable = true;
        return this;
    }

    boolean isWritable() {
        return writable;
    }

    /// Copies the elements back where they may have been written.
    ///
    /// @throws AssertionError when anything else was written
    void takeBack(String operation, Device device, Arena arena) {
        Matrix found = Matrix.allocate(arena, 1, sent.cols());
        device.download(image, found);
        if (writable) {
            elements(sent).copyFrom(elements(found));
        }
        long at = sent.data().mismatch(found.data());
        if (at >= 0) {
            throw new AssertionError(
                    "%s: expected nothing written %s %s, found float %d from its first changed"
                            .formatted(
                                    operation,
                                    writable ? "beside" : "to",
                                    this,
                                    at / Float.BYTES - begin));
        }
        if (writable) {
            host.copyFrom(elements(found));
        }
    }

    @Override
    public String toString() {
        return "operand [%d x %d], stride %d".formatted(host.rows(), host.cols(), host.stride());
    }
}
