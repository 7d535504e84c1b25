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
    private static final int BUCKETS = 1 << Integer.SIZE - 1 - HIGH_SHIFT;
    private static final int DIGIT = 10;

    /// Neighbouring saliencies are counted in histograms of their own: most fall into few buckets,
    /// and one counter cannot be raised twice at once.
    private static final int HISTOGRAMS = 4;

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
        beginCount();
        forEachPiece(v, (worker, row, length, c) -> worker.count(row, length, scale[c]));
        return findCounted(v, scale, selection);
    }

    /// Forgets what was counted before.
    void beginCount() {
        for (Candidates worker : candidates) {
            worker.beginCount();
        }
    }

    /// Counts the first `rows` rows of a panel while it is in the cache.
    void count(int worker, Panel panel, int rows, float[] scale) {
        candidates[worker].count(panel, rows, scale);
    }

    /// As [#find], when all of V was counted since [#beginCount].
    Cut findCounted(Matrix v, float[] scale, Selection.Smallest selection) {
        long size = v.rows() * v.cols();
        if (size == 0 || selection.exact() && selection.count() == 0) {
            return Cut.NOTHING;
        }
        long rank = selection.exact() ? selection.count() - 1 : selection.count();
        Rank left = new Rank(Math.min(rank, size - 1));
        int high = left.bucketIn(sumOfHistograms());
        for (Candidates worker : candidates) {
            worker.gathered = 0;
        }
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
        int[] sum = new int[BUCKETS];
        for (Candidates worker : candidates) {
            for (int i = 0; i < worker.histograms.length; i++) {
                sum[i % BUCKETS] += worker.histograms[i];
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
        private final int[] histograms = new int[HISTOGRAMS * BUCKETS];
        private final int[] buckets = new int[COUNT];
        private final IntVector offsets =
                IntVector.zero(Sweep.INTS).addIndex(1).and(HISTOGRAMS - 1).mul(BUCKETS);
        private int[] saliencies = new int[1 << 12];
        private int gathered;

        void beginCount() {
            Arrays.fill(histograms, 0);
        }

        void count(Panel panel, int rows, float[] scale) {
            for (int c = 0; c < scale.length; c++) {
                int r = 0;
                for (; r < Lanes.bound(rows); r += COUNT) {
                    count(Sweep.saliency(panel.get(c, r), scale[c]));
                }
                for (; r < rows; r++) {
                    countOne(panel.values()[c * Panel.ROWS + r], scale[c]);
                }
            }
        }

        void count(MemorySegment row, long length, float scale) {
            long r = 0;
            for (; r < Lanes.bound(length); r += COUNT) {
                count(Sweep.saliency(Lanes.load(row, r), scale));
            }
            for (; r < length; r++) {
                countOne(row.getAtIndex(JAVA_FLOAT, r), scale);
            }
        }

        private void count(IntVector bits) {
            bits.lanewise(VectorOperators.LSHR, HIGH_SHIFT).add(offsets).intoArray(buckets, 0);
            for (int bucket : buckets) {
                histograms[bucket]++;
            }
        }

        private void countOne(float v, float scale) {
            histograms[Cut.saliency(v, scale) >>> HIGH_SHIFT]++;
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
