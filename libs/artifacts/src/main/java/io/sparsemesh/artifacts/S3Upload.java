package io.sparsemesh.artifacts;

import io.sparsemesh.artifacts.S3Bucket.Condition;
import io.sparsemesh.artifacts.S3Bucket.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

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
        new S3Pieces(bucket, pieceBytes)
                .write(
                        key,
                        size,
                        sha256,
                        condition,
                        (upload, number, from, length) -> {
                            Piece piece = new Piece(file, from, length);
                            return bucket.part(key, upload, number, piece.md5(), piece.body());
                        });
    }
}
