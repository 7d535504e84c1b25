package io.sparsemesh.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;

/// Operations of a transformer block on tiles of the CPU. Most tiles are a few rows, taken one at a
/// time into an array that stays in the first-level cache: loops over arrays are the ones that
/// become vector instructions.
///
/// @param tiles runs the tiles
/// @param blas the products inside attention
/// @param attention scratch memory of attention
record CpuNeuralOps(Tiles tiles, CpuBlas blas, CpuAttention attention) implements NeuralOps {

    /// Elements of a tile.
    private static final long TILE = 1 << 15;

    CpuNeuralOps(Tiles tiles, CpuBlas blas) {
        this(tiles, blas, new CpuAttention(tiles, blas));
    }

    /// What happens to one row.
    @FunctionalInterface
    private interface RowWork {
        /// @param row index of the row
        /// @param values its elements, written back afterwards
        void run(long row, float[] values);
    }

    private void forEachRow(Matrix from, Matrix to, RowWork work) {
        Split split = Split.of(to.rows(), Math.max(TILE / Math.max(to.cols(), 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    float[] values = new float[Math.toIntExact(to.cols())];
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        Rows.read(from, row, values);
                        work.run(row, values);
                        Rows.write(values, to, row);
                    }
                });
    }

    @Override
    public void layerNorm(Matrix x, Matrix weight, Matrix bias, float epsilon, Matrix y) {
        Shapes.checkNorm("layerNorm", x, weight, y);
        Shapes.checkShape("layerNorm", "bias", bias, 1, x.cols());
        float[] scales = Rows.array(weight, 0);
        float[] shifts = Rows.array(bias, 0);
        forEachRow(
                x,
                y,
                (row, values) -> {
                    float mean = (float) (Rows.sum(values) / values.length);
                    for (int i = 0; i < values.length; i++) {
                        values[i] -= mean;
                    }
                    double variance = Rows.sumOfSquares(values) / values.length;
                    float scale = (float) (1 / Math.sqrt(variance + epsilon));
                    for (int i = 0; i < values.length; i++) {
                        values[i] = values[i] * scale * scales[i] + shifts[i];
                    }
                });
    }

    @Override
    public void rmsNorm(Matrix x, Matrix weight, float epsilon, Matrix y) {
        Shapes.checkNorm("rmsNorm", x, weight, y);
        float[] scales = Rows.array(weight, 0);
        forEachRow(
                x,
                y,
                (row, values) -> {
                    double square = Rows.sumOfSquares(values) / values.length;
                    float scale = (float) (1 / Math.sqrt(square + epsilon));
                    for (int i = 0; i < values.length; i++) {
                        values[i] = values[i] * scale * scales[i];
                    }
                });
    }

    @Override
    public void add(Matrix x, Matrix y) {
        Shapes.checkRepeated("add", x, y);
        forEachPair(x, y, CpuNeuralOps::addRow);
    }

    @Override
    public void multiply(Matrix x, Matrix y) {
        Shapes.checkShape("multiply", "x", x, y.rows(), y.cols());
        forEachPair(x, y, CpuNeuralOps::multiplyRow);
    }

    @FunctionalInterface
    private interface PairWork {
        void run(MemorySegment x, MemorySegment y, long cols);
    }

    /// Rows of y, each with its row of x.
    private void forEachPair(Matrix x, Matrix y, PairWork work) {
        Split split = Split.of(y.rows(), Math.max(TILE / Math.max(y.cols(), 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        work.run(x.row(row % x.rows()), y.row(row), y.cols());
                    }
                });
    }

    private static void addRow(MemorySegment x, MemorySegment y, long cols) {
        long i = 0;
        for (; i < Lanes.bound(cols); i += Lanes.COUNT) {
            Lanes.store(Lanes.load(y, i).add(Lanes.load(x, i)), y, i);
        }
        for (; i < cols; i++) {
            y.setAtIndex(JAVA_FLOAT, i, y.getAtIndex(JAVA_FLOAT, i) + x.getAtIndex(JAVA_FLOAT, i));
        }
    }

    private static void multiplyRow(MemorySegment x, MemorySegment y, long cols) {
        long i = 0;
        for (; i < Lanes.bound(cols); i += Lanes.COUNT) {
            Lanes.store(Lanes.load(y, i).mul(Lanes.load(x, i)), y, i);
        }
        for (; i < cols; i++) {
            y.setAtIndex(JAVA_FLOAT, i, y.getAtIndex(JAVA_FLOAT, i) * x.getAtIndex(JAVA_FLOAT, i));
        }
    }

    @Override
    public void activate(Activation f, Matrix x) {
        forEachElement(x, (activation, values) -> activation.apply(f, values));
    }

    @Override
    public void softCap(float cap, Matrix x) {
        Shapes.checkCap(cap);
        forEachElement(x, (activation, values) -> activation.cap(cap, values, values.length));
    }

    /// What happens to the elements of one row.
    @FunctionalInterface
    private interface ElementWork {
        void run(CpuActivation activation, float[] values);
    }

    private void forEachElement(Matrix x, ElementWork work) {
        Split split = Split.of(x.rows(), Math.max(TILE / Math.max(x.cols(), 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    int cols = Math.toIntExact(x.cols());
                    float[] values = new float[cols];
                    CpuActivation activation = new CpuActivation(cols);
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        Rows.read(x, row, values);
                        work.run(activation, values);
                        Rows.write(values, x, row);
                    }
                });
    }

    @Override
    public void rotate(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, CpuNeuralOps::rotateHalves);
    }

    @Override
    public void rotatePairs(Matrix cos, Matrix sin, Heads x) {
        rotate(cos, sin, x, CpuNeuralOps::rotateNeighbours);
    }

    /// What happens to the rotated columns of one head.
    @FunctionalInterface
    private interface Rotation {
        void run(float[] head, float[] cos, float[] sin);
    }

    private void rotate(Matrix cos, Matrix sin, Heads x, Rotation rotation) {
        Shapes.checkRotation(cos, sin, x);
        int half = Math.toIntExact(cos.cols());
        Matrix data = x.data();
        Split split = Split.of(data.rows(), Math.max(TILE / Math.max(data.cols(), 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    float[] c = new float[half];
                    float[] s = new float[half];
                    float[] head = new float[2 * half];
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        Rows.read(cos, row % cos.rows(), c);
                        Rows.read(sin, row % cos.rows(), s);
                        for (long column : x.columns()) {
                            Matrix pair = data.view(row, column, 1, 2L * half);
                            Rows.read(pair, 0, head);
                            rotation.run(head, c, s);
                            Rows.write(head, pair, 0);
                        }
                    }
                });
    }

    private static void rotateHalves(float[] head, float[] cos, float[] sin) {
        int half = cos.length;
        for (int i = 0; i < half; i++) {
            float a = head[i];
            float b = head[i + half];
            head[i] = a * cos[i] - b * sin[i];
            head[i + half] = b * cos[i] + a * sin[i];
        }
    }

    private static void rotateNeighbours(float[] head, float[] cos, float[] sin) {
        for (int i = 0; i < cos.length; i++) {
            float a = head[2 * i];
            float b = head[2 * i + 1];
            head[2 * i] = a * cos[i] - b * sin[i];
            head[2 * i + 1] = b * cos[i] + a * sin[i];
        }
    }

    @Override
    public void attention(Attention options, Heads q, Heads k, Heads v, Matrix out) {
        Shapes.checkAttention(options, q, k, v, out);
        attention.run(options, q, k, v, out);
    }

    @Override
    public void gather(Matrix table, int[] rows, Matrix out) {
        Shapes.checkGather(table, rows, out);
        for (int i = 0; i < rows.length; i++) {
            out.rows(i, i + 1L).copyFrom(table.rows(rows[i], rows[i] + 1L));
        }
    }

    @Override
    public void scatterAdd(Matrix x, int[] rows, float[] factors, Matrix y) {
        Shapes.checkScatter(x, rows, factors, y);
        Split split = Split.of(x.rows(), Math.max(TILE / Math.max(x.cols(), 1), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        int i = Math.toIntExact(row);
                        CpuBlas.addScaledRow(factors[i], x.row(row), 1, y.row(rows[i]), x.cols());
                    }
                });
    }

    @Override
    public TokenScores score(Matrix logits, int[] targets) {
        Shapes.checkTargets(logits, targets);
        TokenScores scores = new TokenScores(targets.length);
        Split split = Split.of(logits.rows(), Math.max(TILE / logits.cols(), 1), 1);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    float[] values = new float[Math.toIntExact(logits.cols())];
                    for (long row = split.from(tile); row < split.to(tile); row++) {
                        Rows.read(logits, row, values);
                        score(values, targets, Math.toIntExact(row), scores);
                    }
                });
        return scores;
    }

    private static void score(float[] logits, int[] targets, int row, TokenScores scores) {
        float max = Rows.max(logits, logits.length);
        float logit = logits[targets[row]];
        scores.greedy()[row] = logit == max && Rows.indexOf(logits, max) == targets[row];
        Exponential.ofNonPositive(logits, logits.length, max);
        scores.logLikelihoods()[row] = (double) logit - max - Math.log(Rows.sum(logits));
    }
}
