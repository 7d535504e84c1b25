package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.utils.Md5Utils;

/// Does to one object of its own what the store does to artifacts, and removes it.
record BucketProbe(S3Bucket bucket, String key) {

    private static final byte[] BYTES = "doctor".getBytes(StandardCharsets.UTF_8);
    private static final Duration ABANDONED = Duration.ofDays(1);
    private static final int MOVED = 301;
    private static final int REDIRECTED = 307;

    BucketProbe(S3Bucket bucket) {
        this(bucket, ".doctor/" + UUID.randomUUID());
    }

    /// Something is not as the store needs it.
    static final class Refused extends Exception {

        private final String advice;

        Refused(String expected, String found, String advice) {
            super("expected %s, found %s".formatted(expected, found));
            this.advice = advice;
        }

        String advice() {
            return advice;
        }
    }

    private interface Call {
        void make() throws IOException, Refused;
    }

    /// @return what was done
    String run() throws Refused {
        allowed("a bucket that may be listed", "s3:ListBucket", bucket::check);
        allowed(
                "uploads that may be listed",
                "s3:ListBucketMultipartUploads",
                () -> bucket.unfinished(ABANDONED));
        try {
            allowed("to write", "s3:PutObject", () -> write(S3Bucket.Condition.ABSENT));
            allowed("to read", "s3:GetObject", this::read);
            refused("If-None-Match", S3Bucket.Condition.ABSENT);
            refused("If-Match", new S3Bucket.Condition(Optional.of("\"another\"")));
            allowed("to begin and abort uploads", "s3:AbortMultipartUpload", this::upload);
        } catch (Refused e) {
            remove();
            throw e;
        }
        allowed("to delete", "s3:DeleteObject", () -> bucket.delete(List.of(key)));
        return "listed, written, read, deleted; conditions of PutObject are heeded";
    }

    private static void allowed(String expected, String right, Call call) throws Refused {
        try {
            call.make();
        } catch (S3Failure e) {
            throw new Refused(expected, e.getMessage(), advice(e, right));
        } catch (IOException e) {
            throw new Refused(expected, e.getMessage(), "give the credentials " + right);
        }
    }

    private static String advice(S3Failure failure, String right) {
        if (failure.isNotFound()) {
            return "make the bucket, or correct SPARSEMESH_STORE";
        }
        return switch (failure.status()) {
            case 0 ->
                    "is AWS_ENDPOINT_URL_S3 right, can this machine reach it, and does AWS_* or a"
                            + " profile give credentials?";
            case MOVED, REDIRECTED -> "set AWS_REGION to the bucket's";
            default -> "correct the credentials of AWS_*, or give them " + right + " on this place";
        };
    }

    private void write(S3Bucket.Condition condition) throws S3Failure {
        bucket.put(
                key,
                condition,
                Digests.ofBytes(BYTES),
                Md5Utils.md5AsBase64(BYTES),
                RequestBody.fromBytes(BYTES));
    }

    private void read() throws IOException, Refused {
        try (ResponseInputStream<GetObjectResponse> in = bucket.get(key, 0, Optional.empty())) {
            byte[] found = in.readAllBytes();
            if (!Arrays.equals(found, BYTES)) {
                throw new Refused(
                        "the %d bytes that were written".formatted(BYTES.length),
                        found.length + " others",
                        "use a server whose writes are seen at once");
            }
        }
    }

    /// A write upon a state that is not there has to fail.
    private void refused(String condition, S3Bucket.Condition never) throws Refused {
        try {
            write(never);
        } catch (S3Failure e) {
            if (e.isConflict()) {
                return;
            }
            throw new Refused("status 412", e.getMessage(), advice(e, "s3:PutObject"));
        }
        throw new Refused(
                "status 412 to a PutObject whose %s does not hold".formatted(condition),
                "a write",
                "use a server that heeds conditions: a late writer would replace what it has not"
                        + " seen");
    }

    private void upload() throws S3Failure {
        String upload = bucket.begin(key, Digests.ofBytes(BYTES));
        bucket.abort(bucket.location().object(key), upload);
    }

    /// As far as it goes: why the probe failed counts more.
    private void remove() {
        try {
            bucket.delete(List.of(key));
        } catch (IOException stays) {
            return;
        }
    }
}
