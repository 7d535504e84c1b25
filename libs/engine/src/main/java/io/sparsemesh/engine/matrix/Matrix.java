package io.sparsemesh.engine.matrix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A row-major F32 matrix `[rows x cols]` over a [MemorySegment]: element `(r, c)` lies at float
/// index `r * stride + c`. A matrix owns nothing: its memory lives as long as the arena that made
/// the segment, and views ([#rows], [#columns]) share it.
///
/// @param data the memory, beginning at element (0, 0), in the address space of its device
/// @param rows number of rows
/// @param cols number of columns
/// @param stride distance of two rows in floats, at least `cols`
public record Matrix(MemorySegment data, long rows, long cols, long stride) {

    /// Bytes a vector load likes to begin at; every allocation is aligned to it.
    public static final long ALIGNMENT = 64;

    private static final long FLOAT = ValueLayout.JAVA_FLOAT.byteSize();

    public Matrix {
        if (rows < 0 || cols < 0 || stride < cols) {
            throw new IllegalArgumentException(
                    "matrix of %d x %d with stride %d".formatted(rows, cols, stride));
        }
        long needed = rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
        if (data.byteSize() < needed * FLOAT) {
            throw new IllegalArgumentException(
                    "matrix of %d x %d, stride %d: expected %d bytes, found %d"
                            .formatted(rows, cols, stride, needed * FLOAT, data.byteSize()));
        }
    }

    /// Allocates zeroed host memory in `arena`.
    public static Matrix allocate(Arena arena, long rows, long cols) {
        return of(arena.allocate(Math.max(rows * cols, 1) * FLOAT, ALIGNMENT), rows, cols);
    }

    /// A dense matrix over `data`.
    public static Matrix of(MemorySegment data, long rows, long cols) {
        return new Matrix(data, rows, cols, cols);
    }

    /// Copies `values`, row by row, into host memory of `arena`.
    public static Matrix of(Arena arena, float[] values, long rows, long cols) {
        Matrix matrix = allocate(arena, rows, cols);
        MemorySegment.copy(values, 0, matrix.data, ValueLayout.JAVA_FLOAT, 0, values.length);
        return matrix;
    }

    /// View of the rows `from` (inclusive) to `to` (exclusive).
    public Matrix rows(long from, long to) {
        return view(from, 0, to - from, cols);
    }

    /// View of the columns `from` (inclusive) to `to` (exclusive).
    public Matrix columns(long from, long to) {
        return view(0, from, rows, to - from);
    }

    /// View of `height x width` elements whose first is `(row, col)`.
    public Matrix view(long row, long col, long height, long width) {
        if (row < 0
                || col < 0
                || height < 0
                || width < 0
                || row + height > rows
                || col + width > cols) {
            throw new IndexOutOfBoundsException(
                    "view (%d, %d) + %d x %d of a %d x %d matrix"
                            .formatted(row, col, height, width, rows, cols));
        }
        long first = height == 0 || width == 0 ? 0 : row * stride + col;
        return new Matrix(data.asSlice(first * FLOAT), height, width, stride);
    }

    /// Memory from the first element of row `r` on.
    public MemorySegment row(long r) {
        return data.asSlice(r * stride * FLOAT);
    }

    /// View of the diagonal as one column `[min(rows, cols) x 1]`.
    public Matrix diagonal() {
        return new Matrix(data, Math.min(rows, cols), 1, stride + 1);
    }

    /// Whether the rows lie without gaps.
    public boolean isDense() {
        return stride == cols || rows <= 1;
    }

    public float get(long row, long col) {
        return data.getAtIndex(ValueLayout.JAVA_FLOAT, row * stride + col);
    }

    public void set(long row, long col, float value) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, row * stride + col, value);
    }

    /// Copies all elements of `source`, which has the same shape.
    public void copyFrom(Matrix source) {
        if (source.rows != rows || source.cols != cols) {
            throw new IllegalArgumentException(
                    "copy of %d x %d into %d x %d".formatted(source.rows, source.cols, rows, cols));
        }
        if (isDense() && source.isDense()) {
            MemorySegment.copy(source.data, 0, data, 0, rows * cols * FLOAT);
            return;
        }
        for (long r = 0; r < rows; r++) {
            MemorySegment.copy(
                    source.data, r * source.stride * FLOAT, data, r * stride * FLOAT, cols * FLOAT);
        }
    }

    /// All elements, row by row. For small matrices.
    public float[] toArray() {
        float[] values = new float[Math.toIntExact(rows * cols)];
        for (long r = 0; r < rows; r++) {
            MemorySegment.copy(
                    data,
                    ValueLayout.JAVA_FLOAT,
                    r * stride * FLOAT,
                    values,
                    Math.toIntExact(r * cols),
                    Math.toIntExact(cols));
        }
        return values;
    }
}
