package io.sparsemesh.artifacts;

import io.sparsemesh.artifacts.S3Bucket.Condition;
import io.sparsemesh.artifacts.S3Bucket.State;
import java.io.IOException;

/// Has a server copy objects from one place to another: their bytes do not pass through here.
///
/// @param from where they lie
/// @param to where they are to lie; of the same server
/// @param pieceBytes of a piece; up to that, an object is copied in one call
record S3Copy(S3Bucket from, S3Bucket to, long pieceBytes) {

    /// In one call S3 copies up to 5 GiB, but a call has to end within its time.
    static final long PIECE = 256L << 20;

    /// Copies an object, also over another.
    ///
    /// @param source state that the object has to have
    /// @throws S3Failure also if it has another, or none
    void copy(String key, State source) throws IOException {
        if (source.size() <= pieceBytes) {
            to.copy(key, from.location(), source.tag());
            return;
        }
        new S3Pieces(to, pieceBytes)
                .write(
                        key,
                        source.size(),
                        source.sha256(),
                        Condition.of(to.head(key)),
                        (upload, number, first, length) ->
                                to.copyPart(
                                        key,
                                        upload,
                                        number,
                                        from.location(),
                                        source.tag(),
                                        "bytes=%d-%d".formatted(first, first + length - 1)));
    }
}
