package io.sparsemesh.artifacts;

import io.sparsemesh.artifacts.S3Bucket.Condition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/// Makes an object from pieces that become visible together.
///
/// @param least bytes of a piece but the last
record S3Pieces(S3Bucket bucket, long least) {

    private static final long MOST_PIECES = 10_000;

    /// Brings one piece.
    @FunctionalInterface
    interface Sender {

        /// @param number from 1 on
        /// @param from first byte
        CompletedPart send(String upload, int number, long from, long length) throws IOException;
    }

    /// @param size of the object
    /// @param sha256 that the object will say it has
    void write(String key, long size, String sha256, Condition condition, Sender sender)
            throws IOException {
        String upload = bucket.begin(key, sha256);
        try {
            bucket.complete(key, upload, condition, send(upload, size, sender));
        } catch (IOException | RuntimeException e) {
            abort(key, upload, e);
            throw e;
        }
    }

    private List<CompletedPart> send(String upload, long size, Sender sender) throws IOException {
        long step = Math.max(least, Math.ceilDiv(size, MOST_PIECES));
        List<CompletedPart> parts = new ArrayList<>();
        for (long from = 0; from < size; from += step) {
            parts.add(sender.send(upload, parts.size() + 1, from, Math.min(step, size - from)));
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
