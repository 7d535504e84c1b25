package io.sparsemesh.engine.device;

import static io.sparsemesh.engine.device.Lanes.COUNT;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.sparsemesh.engine.matrix.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Finds the saliency of a given rank by selection, not sorting: saliencies are not negative, so
/// their order is that of their bits. A histogram of the highest 11 bits tells which of their
/// values the threshold has; the saliencies that have it too are gathered, and histograms of
/// their next 10 and last 10 bits tell the rest. Counts and the set of the gathered ones do not
/// depend on which thread looked where.
final class CutFinder {

    private static final int HIGH_SHIFT = 20;
    private static final int DIGIT = 10;
    private static final int ROWS = 512;

    private final Tiles tiles;
    private final Candidates[] candidates;

    CutFinder(Tiles tiles) {
        this.tiles = tiles;
        candidates = new Candidates[tiles.threads()];
        for (int worker = 0; worker < candidates.length; worker++) {
            candidates[worker] = new Candidates();
        }
    }

    /// @param v `[b x rows]`
    /// @param scale of each of the b rows of `v`; saliencies are `|v * scale|`
    Cut find(Matrix v, float[] scale, Selection.Smallest selection) {
        long size = v.rows() * v.cols();
        if (size == 0 || selection.exact() && selection.count() == 0) {
            return Cut.NOTHING;
        }
        long rank = selection.exact() ? selection.count() - 1 : selection.count();
        Rank left = new Rank(Math.min(rank, size - 1));
        forEachPiece(v, (worker, row, length, c) -> worker.count(row, length, scale[c]));
        int high = left.bucketIn(sumOfHistograms());
        forEachPiece(v, (worker, row, length, c) -> worker.gather(row, length, scale[c], high));
        int middle = high << DIGIT | left.bucketIn(histogram(high, DIGIT));
        int[] last = histogram(middle, 0);
        int bits = middle << DIGIT | left.bucketIn(last);
        boolean allTies = !selection.exact() || left.value + 1 == last[bits & mask(DIGIT)];
        return allTies ? Cut.upTo(bits) : lastTie(v, scale, bits, left.value);
    }

    /// A rank from 0, counted from the beginning of the bucket that was found last.
    private static final class Rank {
        private long value;

        Rank(long value) {
            this.value = value;
        }

        int bucketIn(int[] histogram) {
            int bucket = 0;
            while (value >= histogram[bucket]) {
                value -= histogram[bucket++];
            }
            return bucket;
        }
    }

    @FunctionalInterface
    private interface PieceWork {
        void run(Candidates worker, MemorySegment row, long length, int c);
    }

    private void forEachPiece(Matrix v, PieceWork work) {
        for (Candidates worker : candidates) {
            worker.begin();
        }
        Split split = Split.of(v.cols(), ROWS, COUNT);
        tiles.forEach(
                split.pieces(),
                (tile, worker) -> {
                    long length = split.to(tile) - split.from(tile);
                    for (int c = 0; c < v.rows(); c++) {
                        MemorySegment row = v.view(c, split.from(tile), 1, length).data();
                        work.run(candidates[worker], row, length, c);
                    }
                });
    }

    private int[] sumOfHistograms() {
        int[] sum = new int[1 << Integer.SIZE - 1 - HIGH_SHIFT];
        for (Candidates worker : candidates) {
            for (int bucket = 0; bucket < sum.length; bucket++) {
                sum[bucket] += worker.histogram[bucket];
            }
        }
        return sum;
    }

    /// Of the gathered saliencies whose bits begin with `prefix`, by the 10 bits above `shift`.
    private int[] histogram(int prefix, int shift) {
        int[] histogram = new int[1 << DIGIT];
        for (Candidates worker : candidates) {
            for (int i = 0; i < worker.gathered; i++) {
                int bits = worker.saliencies[i];
                if (bits >>> shift + DIGIT == prefix) {
                    histogram[bits >>> shift & mask(DIGIT)]++;
                }
            }
        }
        return histogram;
    }

    private static int mask(int bits) {
        return (1 << bits) - 1;
    }

    /// What one thread counted and gathered.
    private static final class Candidates {
        private final int[] histogram = new int[1 << Integer.SIZE - 1 - HIGH_SHIFT];
        private final int[] high = new int[COUNT];
        private int[] saliencies = new int[1 << 12];
        private int gathered;

        void begin() {
            Arrays.fill(histogram, 0);
            gathered = 0;
        }

        void count(MemorySegment row, long length, float scale) {
            long r = 0;
            for (; r < Lanes.bound(length); r += COUNT) {
                Sweep.saliency(Lanes.load(row, r), scale)
                        .lanewise(VectorOperators.LSHR, HIGH_SHIFT)
                        .intoArray(high, 0);
                for (int bucket : high) {
                    histogram[bucket]++;
                }
            }
            for (; r < length; r++) {
                histogram[Cut.saliency(row.getAtIndex(JAVA_FLOAT, r), scale) >>> HIGH_SHIFT]++;
            }
        }

        void gather(MemorySegment row, long length, float scale, int bucket) {
            if (saliencies.length < gathered + length + COUNT) {
                saliencies = Arrays.copyOf(saliencies, (int) (2 * (gathered + length + COUNT)));
            }
            long r = 0;
            for (; r < Lanes.bound(length); r += COUNT) {
                IntVector bits = Sweep.saliency(Lanes.load(row, r), scale);
                VectorMask<Integer> wanted =
                        bits.lanewise(VectorOperators.LSHR, HIGH_SHIFT)
                                .compare(VectorOperators.EQ, bucket);
                bits.compress(wanted).intoArray(saliencies, gathered);
                gathered += wanted.trueCount();
            }
            for (; r < length; r++) {
                int bits = Cut.saliency(row.getAtIndex(JAVA_FLOAT, r), scale);
                if (bits >>> HIGH_SHIFT == bucket) {
                    saliencies[gathered++] = bits;
                }
            }
        }
    }

    /// The cut at tie number `tie`, counted from 0 by rows, then columns.
    private static Cut lastTie(Matrix v, float[] scale, int threshold, long tie) {
        long seen = 0;
        for (long row = 0; row < v.cols(); row++) {
            for (int c = 0; c < scale.length; c++) {
                if (Cut.saliency(v.get(c, row), scale[c]) == threshold && seen++ == tie) {
                    return new Cut(threshold, row, c);
                }
            }
        }
        throw new IllegalStateException("tie " + tie + " of " + seen);
    }
}
