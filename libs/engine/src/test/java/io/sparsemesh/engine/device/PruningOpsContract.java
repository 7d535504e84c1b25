package io.sparsemesh.engine.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.sparsemesh.engine.matrix.Matrix;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the steps of SparseGPT that are not products have to do on every device, compared with
/// loops in double written apart from the devices' own.
public abstract class PruningOpsContract extends OnDevice {

    @ParameterizedTest
    @CsvSource({"1,1", "3,127", "129,65", "64,300"})
    void transposeExchangesRowsAndColumns(int rows, int cols) {
        Matrix a = random(1, rows, cols);
        Matrix b = allocate(cols, rows);

        device().pruning().transpose(a, b);

        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                assertThat(b.get(c, r)).isEqualTo(a.get(r, c));
            }
        }
    }

    /// As a symmetric matrix is completed.
    @ParameterizedTest
    @CsvSource({"5,2", "257,1", "300,128"})
    void transposeOfAPartMayBeAnotherPartOfTheSameMatrix(int n, int height) {
        Matrix h = random(1, n, n);
        float[] before = h.toArray();
        int rest = n - height;

        device().pruning()
                .transpose(h.view(0, height, height, rest), h.view(height, 0, rest, height));

        for (int r = 0; r < n; r++) {
            for (int c = 0; c < n; c++) {
                boolean mirrored = r >= height && c < height;
                assertThat(h.get(r, c)).isEqualTo(before[mirrored ? c * n + r : r * n + c]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,F32", "127,F32", "128,F32", "129,F32", "129,F64", "300,F32", "300,F64", "700,F32"
    })
    void factorTimesItsTransposeIsTheDampedGramMatrix(int n, Precision precision) {
        Matrix h = gram(n);
        Matrix d = filled(n, 0.25f);
        Matrix r = random(9, n, n);

        Optional<Long> pivot = device().pruning().factor(h, d, precision, r);

        assertThat(pivot).isEmpty();
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = Math.max(i, j); k < n; k++) {
                    sum += (double) r.get(i, k) * r.get(j, k);
                }
                double expected = h.get(i, j) + (i == j ? 0.25 : 0);
                assertThat(sum).as("(%d, %d)", i, j).isEqualTo(expected, offset(4e-6 * n));
                if (j < i) {
                    assertThat(r.get(i, j)).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void indefiniteGramMatrixNamesThePivot(Precision precision) {
        Matrix h = gram(300);
        h.set(41, 41, -1000);

        Optional<Long> pivot =
                device().pruning().factor(h, filled(300, 0), precision, allocate(300, 300));

        assertThat(pivot).contains(41L);
    }

    @ParameterizedTest
    @CsvSource({"1,128", "127,32", "129,128", "300,128", "40,64"})
    void diagonalBlocksAreInverted(int n, int blockSize) {
        Matrix r = allocate(n, n);
        device().pruning().factor(gram(n), filled(n, 1), Precision.F64, r);
        Matrix u = allocate(n, blockSize);

        device().pruning().invertDiagonalBlocks(r, blockSize, u);

        for (int i = 0; i < n; i++) {
            int from = i / blockSize * blockSize;
            for (int j = from; j < Math.min(from + blockSize, n); j++) {
                double sum = 0;
                for (int k = from; k < Math.min(from + blockSize, n); k++) {
                    sum += (double) r.get(i, k) * u.get(k, j - from);
                }
                assertThat(sum).as("(%d, %d)", i, j).isEqualTo(i == j ? 1 : 0, offset(2e-4));
            }
        }
    }

    static Stream<Arguments> blocks() {
        return Stream.of(
                Arguments.of(1, 1, new Selection.Smallest(0, false)),
                Arguments.of(128, 127, new Selection.Smallest(8128, false)),
                Arguments.of(33, 257, new Selection.Smallest(2000, true)),
                Arguments.of(100, 129, new Selection.Smallest(0, true)),
                Arguments.of(128, 300, new Selection.PerGroup(2, 4)),
                Arguments.of(44, 65, new Selection.PerGroup(4, 8)),
                Arguments.of(60, 40, new Selection.PerGroup(2, 5)),
                Arguments.of(96, 20, new Selection.PerGroup(24, 48)));
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void pruneBlockIsTheInnerLoopOfAlgorithm1(int b, int rows, Selection selection) {
        assertInnerLoop(b, rows, selection, Rounding.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,15,1,0",
        "33,257,15,33,0",
        "44,65,7,32,0",
        "44,65,7,64,60",
        "128,20,255,1000,872",
        "128,40,3,7,3"
    })
    void keptWeightsAreRoundedInTheInnerLoop(int b, int rows, int top, int width, int first) {
        int groups = Math.ceilDiv(first + b, width);
        Matrix scale = allocate(groups, rows);
        Matrix zero = allocate(groups, rows);
        for (int g = 0; g < groups; g++) {
            for (int row = 0; row < rows; row++) {
                scale.set(g, row, (5f + 0.01f * row + g % 4) / top);
                zero.set(g, row, (top + 1) / 2 - (row + g) % 3 % top);
            }
        }
        Rounding grid = new Rounding.Grid(scale, zero, top, width, first);

        assertInnerLoop(b, rows, new Selection.Smallest((long) b * rows / 2, true), grid);
        assertInnerLoop(b, rows, new Selection.PerGroup(2, 4), grid);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "33,257", "128,65"})
    void whatIsZeroStaysZeroAndNothingElseGoes(int b, int rows) {
        Matrix w = random(5, rows, b);
        for (int row = 0; row < rows; row++) {
            for (int c = row % 3; c < b; c += 3) {
                w.set(row, c, 0);
            }
        }
        long zeros = device().pruning().countZeros(w);

        assertInnerLoop(w, new Selection.Zeros(), Rounding.NONE);

        assertThat(device().pruning().countZeros(w)).isEqualTo(zeros);
    }

    private void assertInnerLoop(int b, int rows, Selection selection, Rounding rounding) {
        assertInnerLoop(random(5, rows, b), selection, rounding);
    }

    private void assertInnerLoop(Matrix w, Selection selection, Rounding rounding) {
        int b = (int) w.cols();
        int rows = (int) w.rows();
        Matrix r = allocate(b, b);
        Matrix u = allocate(b, b);
        device().pruning().factor(gram(b), filled(b, 1), Precision.F64, r);
        device().pruning().invertDiagonalBlocks(r, b, u);
        ColumnBlock block = new ColumnBlock(w, random(6, b, rows), allocate(b, rows), u);
        InnerLoop expected = InnerLoop.of(block, selection, rounding);

        double loss = device().pruning().pruneBlock(block, selection, rounding).getAsDouble();

        expected.assertSame(block, loss);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 37})
    void gridSpansARowAndZero(int cols) {
        Matrix w = random(7, 4, cols);
        for (int c = 0; c < cols; c++) {
            w.set(0, c, 0);
            w.set(1, c, 1 + c);
            w.set(2, c, -1 - c);
        }
        Matrix scale = allocate(1, 4);
        Matrix zero = allocate(1, 4);

        device().pruning().spanGrid(w, new GridShape(4, false, 0), scale, zero);

        assertThat(scale.get(0, 0)).isEqualTo(2f / 15);
        assertThat(zero.get(0, 0)).isEqualTo(7);
        assertThat(scale.get(0, 1)).isEqualTo(cols / 15f);
        assertThat(zero.get(0, 1)).isZero();
        assertThat(scale.get(0, 2)).isEqualTo(cols / 15f);
        assertThat(zero.get(0, 2)).isEqualTo(15);
        float low = 0;
        float high = 0;
        for (int c = 0; c < cols; c++) {
            low = Math.min(low, w.get(3, c));
            high = Math.max(high, w.get(3, c));
        }
        assertThat(scale.get(0, 3)).isEqualTo((high - low) / 15);
        assertThat(zero.get(0, 3)).isEqualTo((float) Math.rint(-low / ((high - low) / 15)));
    }

    @ParameterizedTest
    @CsvSource({"3,false,32,100", "8,true,1,5", "2,true,64,129", "4,true,0,129", "4,false,64,64"})
    void eachGroupOfARowHasAGridOfItsOwn(int bits, boolean symmetric, int groupSize, int cols) {
        Matrix w = random(7, 35, cols);
        int width = groupSize == 0 ? cols : groupSize;
        int groups = Math.ceilDiv(cols, width);
        Matrix scale = allocate(groups, 35);
        Matrix zero = allocate(groups, 35);

        device().pruning().spanGrid(w, new GridShape(bits, symmetric, groupSize), scale, zero);

        int top = (1 << bits) - 1;
        for (int row = 0; row < 35; row++) {
            for (int g = 0; g < groups; g++) {
                float low = 0;
                float high = 0;
                for (int c = g * width; c < Math.min(cols, (g + 1) * width); c++) {
                    low = Math.min(low, w.get(row, c));
                    high = Math.max(high, w.get(row, c));
                }
                float span = symmetric ? 2 * Math.max(-low, high) : high - low;
                float middle = symmetric ? 1 << bits - 1 : (float) Math.rint(-low / (span / top));
                assertThat(scale.get(g, row)).isEqualTo(span / top);
                assertThat(zero.get(g, row)).isEqualTo(middle);
            }
        }
    }

    @Test
    void gridsOfColumnsAreThoseOfTheirGroups() {
        Rounding.Grid whole = new Rounding.Grid(random(1, 5, 3), random(2, 5, 3), 15, 32, 0);

        Rounding.Grid part = whole.ofColumns(40, 130);

        assertThat(part.first()).isEqualTo(8);
        assertThat(part.scale().rows()).isEqualTo(4);
        for (int c = 0; c < 90; c++) {
            assertThat(part.scale().get(part.group(c), 2))
                    .isEqualTo(whole.scale().get(whole.group(40 + c), 2));
        }
    }

    @Test
    void gridOfNothingButTinyWeightsHasAPositiveScale() {
        Matrix w = allocate(1, 3);
        w.set(0, 1, Float.MIN_VALUE);
        Matrix scale = allocate(1, 1);

        device().pruning().spanGrid(w, new GridShape(4, true, 0), scale, allocate(1, 1));

        assertThat(scale.get(0, 0)).isPositive();
    }

    @Test
    void eachRowLosesItsOwnLeastSalientWeights() {
        Matrix w = allocate(2, 7);
        Matrix s = allocate(1, 7);
        float[][] rows = {{3, -1, 2, -1.5f, 4, 4, 4}, {1, 1, 1, 1, -1, 1, 1}};
        float[] norms = {1, 10, 1, 0, 2, 2, 1};
        for (int c = 0; c < 7; c++) {
            w.set(0, c, rows[0][c]);
            w.set(1, c, rows[1][c]);
            s.set(0, c, norms[c]);
        }

        device().pruning().dropSmallestOfRows(w, s, new Selection.PerGroup(2, 4));

        assertThat(w.toArray()).containsExactly(3, -1, 0, 0, 0, 4, 0, 0, 1, 1, 0, 0, 1, 0);
    }

    @ParameterizedTest
    @CsvSource({"1,1,0", "17,129,64", "33,300,300", "40,128,1"})
    void rowsLoseAsManyAsAskedAndTheSmallest(int rows, int cols, int drop) {
        Matrix w = random(3, rows, cols);
        Matrix before = allocate(rows, cols);
        before.copyFrom(w);
        Matrix s = allocate(1, cols);
        for (int c = 0; c < cols; c++) {
            s.set(0, c, 1 + c % 5);
        }

        device().pruning().dropSmallestOfRows(w, s, new Selection.PerGroup(drop, cols));

        for (int row = 0; row < rows; row++) {
            float largestDropped = 0;
            float smallestKept = Float.MAX_VALUE;
            int zeros = 0;
            for (int c = 0; c < cols; c++) {
                float saliency = Math.abs(before.get(row, c)) * s.get(0, c);
                if (w.get(row, c) == 0) {
                    zeros++;
                    largestDropped = Math.max(largestDropped, saliency);
                } else {
                    assertThat(w.get(row, c)).isEqualTo(before.get(row, c));
                    smallestKept = Math.min(smallestKept, saliency);
                }
            }
            assertThat(zeros).isEqualTo(drop);
            assertThat(largestDropped).isLessThan(smallestKept);
        }
    }

    @Test
    void exactCountDropsTiesByRowThenColumn() {
        Matrix w = allocate(3, 300);
        for (int c = 0; c < 3; c++) {
            for (int row = 0; row < 300; row++) {
                w.set(c, row, row == 7 ? -0.5f : (row + c) % 2 == 0 ? 1 : -1);
            }
        }

        device().pruning().dropSmallest(w, new Selection.Smallest(605, true));

        for (int row = 0; row < 300; row++) {
            for (int c = 0; c < 3; c++) {
                boolean goes = row < 201 || row == 201 && c < 2;
                assertThat(w.get(c, row) == 0).as("row %d, column %d", row, c).isEqualTo(goes);
                assertThat(Float.floatToRawIntBits(w.get(c, row))).isNotEqualTo(0x80000000);
            }
        }
    }

    @Test
    void parityTakesEveryTieOfTheThreshold() {
        Matrix w = filled(20, 1);
        w.set(3, 0, 0.5f);
        w.set(5, 0, 2);

        device().pruning().dropSmallest(w, new Selection.Smallest(1, false));

        assertThat(device().pruning().countZeros(w)).isEqualTo(19);
        assertThat(w.get(5, 0)).isEqualTo(2);
    }

    @Test
    void groupsLoseTheirSmallestAndTiesGoByColumn() {
        Matrix w = allocate(7, 1);
        float[] column = {3, -1, 2, -1.5f, 4, 4, 4};
        for (int c = 0; c < 7; c++) {
            w.set(c, 0, column[c]);
        }

        device().pruning().dropSmallest(w, new Selection.PerGroup(2, 4));

        assertThat(w.toArray()).containsExactly(3, 0, 2, 0, 0, 0, 4);
    }

    @Test
    void negativeZeroIsAsSmallAsZero() {
        Matrix w = allocate(4, 2);
        float[] column = {3, -0.0f, 2, -1.5f};
        for (int c = 0; c < 4; c++) {
            w.set(c, 0, column[c]);
            w.set(c, 1, column[3 - c]);
        }

        device().pruning().dropSmallest(w, new Selection.PerGroup(2, 4));

        assertThat(w.toArray()).containsExactly(3, 0, 0, 2, 2, 0, 0, 3);
    }

    @Test
    void zerosOfBothSignsAreCounted() {
        Matrix a = random(3, 40, 33);
        a.set(0, 0, 0);
        a.set(39, 32, -0.0f);

        assertThat(device().pruning().countZeros(a)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void firstValueThatIsNotFiniteIsFound(float value) {
        Matrix a = random(3, 50, 33);
        assertThat(device().pruning().firstNonFinite(a)).isEmpty();
        a.set(49, 0, value);
        a.set(17, 31, value);
        a.set(17, 32, value);

        assertThat(device().pruning().firstNonFinite(a)).contains(new PruningOps.Position(17, 31));
    }

    /// `X^T X / 2n` of random X with `2n` rows: well conditioned once damped.
    Matrix gram(int n) {
        Matrix h = allocate(n, n);
        device().blas().addGram(random(11, 2L * n, n), h);
        device().blas().addScaled(0.5f / n, h, 0, h);
        return h;
    }

    Matrix filled(int n, float value) {
        return filled(n, 1, value);
    }
}
