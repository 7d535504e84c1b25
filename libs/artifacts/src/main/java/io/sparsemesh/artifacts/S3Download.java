package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// Brings one artifact from a bucket into a file. An answer that breaks off is gone on with from
/// the byte where it did, as long as the object is the same.
final class S3Download {

    private static final int BUFFER = 1 << 16;
    private static final long FIRST_PAUSE_MILLIS = 100;

    private final S3Bucket bucket;
    private final ArtifactRef ref;
    private final int attempts;
    private final MessageDigest digest = Digests.sha256();
    private Optional<String> tag = Optional.empty();
    private long have;

    /// @param attempts in a row that bring nothing
    S3Download(S3Bucket bucket, ArtifactRef ref, int attempts) {
        this.bucket = bucket;
        this.ref = ref;
        this.attempts = attempts;
    }

    /// The answer ended early.
    private static final class Cut extends IOException {
        Cut(Exception cause) {
            super("the answer broke off: " + cause, cause);
        }
    }

    /// @param file does not exist yet
    /// @throws ArtifactException if there is no such artifact, or it is another
    void to(Path file) throws IOException {
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            receiveAll(out);
        }
        String sha256 = Digests.hex(digest);
        if (!sha256.equals(ref.sha256())) {
            throw ArtifactException.other(ref, have, sha256);
        }
    }

    private void receiveAll(FileChannel out) throws IOException {
        int vain = 0;
        do {
            long before = have;
            try {
                receive(out);
            } catch (Cut cut) {
                vain = have > before ? 1 : vain + 1;
                if (vain >= attempts) {
                    throw cut;
                }
                rest(vain);
            } catch (S3Failure e) {
                if (e.isNotFound()) {
                    throw ArtifactException.missing(ref);
                }
                if (!e.isConflict() || ++vain >= attempts) {
                    throw e;
                }
                restart(out);
            }
        } while (have < ref.size());
    }

    private void receive(FileChannel out) throws IOException {
        try (ResponseInputStream<GetObjectResponse> in = bucket.get(ref.key(), have, tag)) {
            GetObjectResponse head = in.response();
            if (have > 0 && head.contentRange() == null) {
                restart(out);
            }
            if (have == 0) {
                begin(head);
            }
            copy(in, out);
        }
    }

    private void begin(GetObjectResponse head) {
        if (head.contentLength() != ref.size()) {
            throw ArtifactException.other(ref, head.contentLength(), ArtifactException.UNREAD);
        }
        tag = Optional.ofNullable(head.eTag());
    }

    private void copy(InputStream in, FileChannel out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (have < ref.size()) {
            int n = read(in, buffer);
            digest.update(buffer, 0, n);
            ByteBuffer rest = ByteBuffer.wrap(buffer, 0, n);
            while (rest.hasRemaining()) {
                out.write(rest);
            }
            have += n;
        }
    }

    private int read(InputStream in, byte[] buffer) throws Cut {
        try {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, ref.size() - have));
            if (n < 0) {
                throw new EOFException("%d of %d bytes came".formatted(have, ref.size()));
            }
            return n;
        } catch (IOException | SdkException e) {
            throw new Cut(e);
        }
    }

    private void restart(FileChannel out) throws IOException {
        out.truncate(0);
        digest.reset();
        have = 0;
        tag = Optional.empty();
    }

    private static void rest(int vain) throws IOException {
        try {
            Thread.sleep(FIRST_PAUSE_MILLIS << Math.min(vain, 10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
