package io.sparsemesh.engine.device;

import io.sparsemesh.engine.matrix.Matrix;

/// A range cut into pieces of nearly equal size, by its length only.
///
/// @param length number of elements
/// @param pieces number of pieces, at least 1 unless the range is empty
/// @param grain every piece but the last is a multiple of it
record Split(long length, long pieces, long grain) {

    /// Pieces of at most `largest` elements, each a multiple of `grain` where possible.
    static Split of(long length, long largest, long grain) {
        long pieces = Math.ceilDiv(length, largest);
        long piece = Math.ceilDiv(Math.ceilDiv(length, Math.max(pieces, 1)), grain) * grain;
        return new Split(length, piece == 0 ? 0 : Math.ceilDiv(length, piece), grain);
    }

    private long piece() {
        return Math.ceilDiv(Math.ceilDiv(length, pieces), grain) * grain;
    }

    long from(long index) {
        return Math.min(index * piece(), length);
    }

    long to(long index) {
        return from(index + 1);
    }

    /// Block `(i, j)` of a matrix whose rows are cut by this split and its columns by `across`.
    Matrix block(Matrix a, Split across, long i, long j) {
        return a.view(from(i), across.from(j), to(i) - from(i), across.to(j) - across.from(j));
    }
}
