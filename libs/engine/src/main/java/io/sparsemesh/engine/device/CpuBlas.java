package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.device.natives.OpenBlas;
import io.sparsemesh.engine.device.natives.Sgemm;
import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/// Products as tiles of the result, each one single-threaded call of a library.
///
/// @param openBlas the library for everything but large products
/// @param products the library for these
/// @param tiles runs the tiles
/// @param transpositions scratch memory of each worker
record CpuBlas(OpenBlas openBlas, Sgemm products, Tiles tiles, Transposition[] transpositions)
        implements Blas {

    /// Largest side of a tile of a product: the larger the tile, the less it costs to pack the
    /// operands.
    private static final long TILE = 512;

    /// Rows of a tile where there are enough of them.
    private static final long TALL_TILE = 1024;

    /// Columns of a tile where several products make many of them.
    private static final long TILE_OF_SEVERAL = 768;

    /// Largest side of a block of a triangle, of which those above the diagonal are halved.
    private static final long SQUARE_TILE = 768;

    private static final long SMALLEST_TILE = 64;
    private static final long ROWS_AT_ONCE = 64;
    private static final long COPY_TILE = 64;

    /// Multiplications of a product that are worth what oneDNN does first.
    private static final long LARGE_PRODUCT = 1 << 19;

    /// Tiles are multiples of one vector.
    private static final long GRAIN = 16;

    CpuBlas(OpenBlas openBlas, Sgemm products, Tiles tiles) {
        this(
                openBlas,
                products,
                tiles,
                Stream.generate(Transposition::new)
                        .limit(tiles.threads())
                        .toArray(Transposition[]::new));
    }

    @Override
    public void multiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiply", a.rows(), a.cols(), b.rows(), b.cols(), c);
        forEachTile(
                c,
                (top, bottom, left, right) ->
                        gemm(
                                alpha,
                                a.rows(top, bottom),
                                false,
                                b.columns(left, right),
                                false,
                                beta,
                                c.view(top, left, bottom - top, right - left)));
    }

    @Override
    public void multiplyTransposed(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("multiplyTransposed", a.rows(), a.cols(), b.cols(), b.rows(), c);
        forEachTile(
                c,
                (top, bottom, left, right) ->
                        gemm(
                                alpha,
                                a.rows(top, bottom),
                                false,
                                b.rows(left, right),
                                true,
                                beta,
                                c.view(top, left, bottom - top, right - left)));
    }

    /// In one loop: several products have tiles enough for a few threads though they are larger.
    @Override
    public void multiplyTransposed(Matrix a, List<Matrix> b, List<Matrix> c) {
        Split down = rowsOfTiles(a.rows());
        List<LinearTile> all = new ArrayList<>();
        for (int i = 0; i < b.size(); i++) {
            Matrix weight = b.get(i);
            Matrix y = c.get(i);
            Shapes.checkProduct(
                    "multiplyTransposed", a.rows(), a.cols(), weight.cols(), weight.rows(), y);
            Split across = Split.of(y.cols(), TILE_OF_SEVERAL, GRAIN);
            for (long row = 0; row < down.pieces(); row++) {
                Matrix rows = a.rows(down.from(row), down.to(row));
                for (long col = 0; col < across.pieces(); col++) {
                    all.add(
                            new LinearTile(
                                    rows,
                                    weight.rows(across.from(col), across.to(col)),
                                    down.block(y, across, row, col)));
                }
            }
        }
        tiles.forEach(
                all.size(),
                (tile, worker) -> {
                    LinearTile product = all.get((int) tile);
                    gemm(1, product.x(), false, product.w(), true, 0, product.y());
                });
    }

    /// `y := x w^T`.
    private record LinearTile(Matrix x, Matrix w, Matrix y) {}

    @Override
    public void transposedMultiply(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        Shapes.checkProduct("transposedMultiply", a.cols(), a.rows(), b.rows(), b.cols(), c);
        forEachTile(
                c,
                (top, bottom, left, right) ->
                        gemm(
                                alpha,
                                a.columns(top, bottom),
                                true,
                                b.columns(left, right),
                                false,
                                beta,
                                c.view(top, left, bottom - top, right - left)));
    }

    @Override
    public void addScaled(float alpha, Matrix a, float beta, Matrix c) {
        Shapes.checkShape("addScaled", "A", a, c.rows(), c.cols());
        Split split = Split.of(c.rows(), ROWS_AT_ONCE, 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        addScaledRow(alpha, a.row(r), beta, c.row(r), c.cols());
                    }
                });
    }

    /// `c := beta c + alpha a`; what is in c does not matter where beta is 0.
    static void addScaledRow(float alpha, MemorySegment a, float beta, MemorySegment c, long cols) {
        long j = 0;
        for (; j < Lanes.bound(cols); j += Lanes.COUNT) {
            FloatVector sum = Lanes.load(a, j).mul(alpha);
            Lanes.store(
                    beta == 0
                            ? sum
                            : Lanes.load(c, j).fma(FloatVector.broadcast(Lanes.FLOATS, beta), sum),
                    c,
                    j);
        }
        for (; j < cols; j++) {
            float sum = alpha * a.getAtIndex(JAVA_FLOAT, j);
            c.setAtIndex(
                    JAVA_FLOAT,
                    j,
                    beta == 0 ? sum : Math.fma(c.getAtIndex(JAVA_FLOAT, j), beta, sum));
        }
    }

    @Override
    public double dot(Matrix a, Matrix b) {
        Shapes.checkShape("dot", "B", b, a.rows(), a.cols());
        Split split = Split.of(a.rows(), ROWS_AT_ONCE, 1);
        double[] sums = new double[size(split.pieces())];
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    double sum = 0;
                    for (long r = split.from(tile); r < split.to(tile); r++) {
                        sum += dotOfRows(a.row(r), b.row(r), a.cols());
                    }
                    sums[(int) tile] = sum;
                });
        return Arrays.stream(sums).sum();
    }

    private static double dotOfRows(MemorySegment a, MemorySegment b, long cols) {
        DoubleVector low = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector high = low;
        long j = 0;
        for (; j < Lanes.bound(cols); j += Lanes.COUNT) {
            long half = j + Lanes.DOUBLE_COUNT;
            low = Lanes.doubles(a, j).fma(Lanes.doubles(b, j), low);
            high = Lanes.doubles(a, half).fma(Lanes.doubles(b, half), high);
        }
        double sum = Lanes.sum(low.add(high));
        for (; j < cols; j++) {
            sum += (double) a.getAtIndex(JAVA_FLOAT, j) * b.getAtIndex(JAVA_FLOAT, j);
        }
        return sum;
    }

    @Override
    public void addGramUpper(Matrix x, Matrix h) {
        Shapes.checkShape("addGramUpper", "H", h, x.cols(), x.cols());
        addSquare(1, x, true, h);
    }

    /// Upper triangle of `C := C + alpha A^T A` where `transpose`, else of `C + alpha A A^T`.
    ///
    /// The blocks above the diagonal are halved, so that every tile takes about as long, and half
    /// of the diagonal ones come first: the threads' shares are equal.
    void addSquare(float alpha, Matrix a, boolean transpose, Matrix c) {
        Split split = even(c.rows(), SQUARE_TILE);
        long n = split.pieces();
        long halves = n * (n - 1);
        long first = n / 2;
        tiles.forEach(
                n + halves,
                (tile, worker) -> {
                    if (tile < first || tile >= first + halves) {
                        long i = tile < first ? tile : tile - halves;
                        syrk(
                                alpha,
                                piece(a, split.from(i), split.to(i), transpose),
                                transpose,
                                split.block(c, split, i, i));
                    } else {
                        addAbove(alpha, a, transpose, c, split, tile - first);
                    }
                });
    }

    /// One half, by rows, of one block of C above the diagonal.
    private void addAbove(
            float alpha, Matrix a, boolean transpose, Matrix c, Split split, long half) {
        long j = triangleColumn(half / 2) + 1;
        long i = half / 2 - j * (j - 1) / 2;
        long rows = split.to(i) - split.from(i);
        long middle = split.from(i) + Math.min(Math.ceilDiv(rows, 2 * GRAIN) * GRAIN, rows);
        long top = half % 2 == 0 ? split.from(i) : middle;
        long bottom = half % 2 == 0 ? middle : split.to(i);
        gemm(
                alpha,
                piece(a, top, bottom, transpose),
                transpose,
                piece(a, split.from(j), split.to(j), transpose),
                !transpose,
                1,
                c.view(top, split.from(j), bottom - top, split.to(j) - split.from(j)));
    }

    private static Matrix piece(Matrix a, long from, long to, boolean byColumns) {
        return byColumns ? a.columns(from, to) : a.rows(from, to);
    }

    /// One call on the calling thread: the upper triangle of `C := C + alpha A^T A` where
    /// `transpose`, else of `C + alpha A A^T`.
    void syrk(float alpha, Matrix a, boolean transpose, Matrix c) {
        openBlas.ssyrkUpper(
                transpose,
                size(c.rows()),
                size(transpose ? a.rows() : a.cols()),
                alpha,
                a.data(),
                ld(a),
                1,
                c.data(),
                ld(c));
    }

    /// An even number of pieces of at most `largest`, so that two threads finish together.
    static Split even(long length, long largest) {
        long pieces = 2 * Math.ceilDiv(length, 2 * largest);
        return Split.of(
                length, Math.max(Math.ceilDiv(length, Math.max(pieces, 1)), SMALLEST_TILE), GRAIN);
    }

    @Override
    public void mirrorUpper(Matrix h) {
        Shapes.checkShape("mirrorUpper", "H", h, h.rows(), h.rows());
        Split split = Split.of(h.rows(), COPY_TILE, GRAIN);
        tiles.forEach(
                split.pieces() * (split.pieces() + 1) / 2,
                (tile, worker) -> {
                    long j = triangleColumn(tile);
                    long i = tile - j * (j + 1) / 2;
                    Matrix upper = split.block(h, split, i, j);
                    if (i == j) {
                        mirrorDiagonal(upper, transpositions[worker]);
                    } else {
                        transpositions[worker].run(upper, split.block(h, split, j, i));
                    }
                });
    }

    /// By strips of [#GRAIN] rows: what is to the right of a strip's own square goes below it.
    private static void mirrorDiagonal(Matrix h, Transposition transposition) {
        for (long from = 0; from < h.rows(); from += GRAIN) {
            long to = Math.min(from + GRAIN, h.rows());
            mirrorSquare(h.view(from, from, to - from, to - from));
            transposition.run(
                    h.view(from, to, to - from, h.cols() - to),
                    h.view(to, from, h.rows() - to, to - from));
        }
    }

    private static void mirrorSquare(Matrix h) {
        for (long c = 0; c < h.cols(); c++) {
            for (long r = 0; r < c; r++) {
                h.set(c, r, h.get(r, c));
            }
        }
    }

    /// `B := A^T`.
    void transpose(Matrix a, Matrix b) {
        Split down = Split.of(a.rows(), COPY_TILE, GRAIN);
        Split across = Split.of(a.cols(), COPY_TILE, GRAIN);
        tiles.forEach(
                down.pieces() * across.pieces(),
                (tile, worker) -> {
                    long i = tile / across.pieces();
                    long j = tile % across.pieces();
                    transpositions[worker].run(
                            down.block(a, across, i, j), across.block(b, down, j, i));
                });
    }

    /// Column of tile number `tile` when the tiles of an upper triangle are counted by columns.
    static long triangleColumn(long tile) {
        long column = (long) ((Math.sqrt(8.0 * tile + 1) - 1) / 2);
        while (column * (column + 1) / 2 > tile) {
            column--;
        }
        while ((column + 1) * (column + 2) / 2 <= tile) {
            column++;
        }
        return column;
    }

    @FunctionalInterface
    private interface TileOfProduct {
        void run(long top, long bottom, long left, long right);
    }

    private static Split rowsOfTiles(long rows) {
        return Split.of(rows, Math.clamp(rows / 4, TILE, TALL_TILE), GRAIN);
    }

    private void forEachTile(Matrix c, TileOfProduct work) {
        Split down = rowsOfTiles(c.rows());
        Split across = even(c.cols(), TILE);
        tiles.forEach(
                down.pieces() * across.pieces(),
                (tile, worker) -> {
                    long i = tile / across.pieces();
                    long j = tile % across.pieces();
                    work.run(down.from(i), down.to(i), across.from(j), across.to(j));
                });
    }

    /// One call on the calling thread: `C := beta C + alpha op(A) op(B)`.
    void gemm(
            float alpha,
            Matrix a,
            boolean transposeA,
            Matrix b,
            boolean transposeB,
            float beta,
            Matrix c) {
        if (c.rows() == 0 || c.cols() == 0) {
            return;
        }
        long k = transposeA ? a.rows() : a.cols();
        Sgemm library = c.rows() * c.cols() * k < LARGE_PRODUCT ? openBlas : products;
        library.sgemm(
                transposeA,
                transposeB,
                size(c.rows()),
                size(c.cols()),
                size(k),
                alpha,
                a.data(),
                ld(a),
                b.data(),
                ld(b),
                beta,
                c.data(),
                ld(c));
    }

    static int ld(Matrix a) {
        return size(Math.max(a.stride(), 1));
    }

    static int size(long n) {
        return Math.toIntExact(n);
    }
}
