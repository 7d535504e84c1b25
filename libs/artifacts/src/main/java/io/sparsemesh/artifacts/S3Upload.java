package io.sparsemesh.artifacts;

import io.sparsemesh.artifacts.S3Bucket.Condition;
import io.sparsemesh.artifacts.S3Bucket.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/// Brings files to a bucket: in one call, or in pieces that become visible together.
///
/// Each write has a condition: that nothing lies at the key, or what was last seen there. So a call
/// that is late, or made again because its answer was lost, replaces nothing that its writer has
/// not seen.
///
/// @param pieceBytes of a piece; up to that, a file goes in one call
record S3Upload(S3Bucket bucket, long pieceBytes) {

    /// S3 takes pieces from 5 MiB on.
    static final long PIECE = 16L << 20;

    private static final long MOST_PIECES = 10_000;
    private static final int TRIES = 8;

    /// Replaces what lies at a key, unless it is the same already.
    ///
    /// @throws IOException also when others keep writing there
    void put(String key, Path file, long size, String sha256) throws IOException {
        Optional<State> seen = size > pieceBytes ? bucket.head(key) : Optional.empty();
        for (int left = TRIES; ; left--) {
            if (seen.isPresent() && seen.get().holds(size, sha256)) {
                return;
            }
            try {
                write(key, file, size, sha256, Condition.of(seen));
                return;
            } catch (S3Failure e) {
                if (left == 1 || !(e.isConflict() || e.isNotFound())) {
                    throw e;
                }
                seen = bucket.head(key);
            }
        }
    }

    private void write(String key, Path file, long size, String sha256, Condition condition)
            throws IOException {
        if (size <= pieceBytes) {
            Piece whole = new Piece(file, 0, size);
            bucket.put(key, condition, sha256, whole.md5(), whole.body());
            return;
        }
        String upload = bucket.begin(key, sha256);
        try {
            bucket.complete(key, upload, condition, sendPieces(key, upload, file, size));
        } catch (IOException | RuntimeException e) {
            abort(key, upload, e);
            throw e;
        }
    }

    private List<CompletedPart> sendPieces(String key, String upload, Path file, long size)
            throws IOException {
        long step = Math.max(pieceBytes, Math.ceilDiv(size, MOST_PIECES));
        List<CompletedPart> parts = new ArrayList<>();
        for (long from = 0; from < size; from += step) {
            Piece piece = new Piece(file, from, Math.min(step, size - from));
            parts.add(bucket.part(key, upload, parts.size() + 1, piece.md5(), piece.body()));
        }
        return parts;
    }

    /// What cannot be aborted now is found by its age later.
    private void abort(String key, String upload, Exception cause) {
        try {
            bucket.abort(bucket.location().object(key), upload);
        } catch (S3Failure e) {
            cause.addSuppressed(e);
        }
    }
}
