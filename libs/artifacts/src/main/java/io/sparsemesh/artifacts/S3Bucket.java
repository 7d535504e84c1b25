package io.sparsemesh.artifacts;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Object;

/// The calls that the store makes, by keys of artifacts.
///
/// Every method throws [S3Failure] when a call has failed for good.
record S3Bucket(S3Client client, S3Location location) implements AutoCloseable {

    /// Metadata of an object that tells what its bytes are.
    private static final String SHA256 = "sha256";

    private static final int KEYS_AT_A_TIME = 1000;

    /// What lies at a key.
    ///
    /// @param sha256 as its writer said; empty for what no store of this kind wrote
    record State(String tag, long size, String sha256) {

        boolean holds(long bytes, String digest) {
            return size == bytes && sha256.equals(digest);
        }
    }

    /// The state that an object has to be in for a write to happen.
    ///
    /// @param tag of the object; none if there must not be one
    record Condition(Optional<String> tag) {

        static final Condition ABSENT = new Condition(Optional.empty());

        static Condition of(Optional<State> state) {
            return new Condition(state.map(State::tag));
        }

        private String ifMatch() {
            return tag.orElse(null);
        }

        private String ifNoneMatch() {
            return tag.isPresent() ? null : "*";
        }
    }

    /// Asks for the right to read the bucket, and whether there is one.
    void check() throws S3Failure {
        call(
                "ListObjectsV2",
                location.toString(),
                () ->
                        client.listObjectsV2(
                                r ->
                                        r.bucket(location.bucket())
                                                .prefix(location.start())
                                                .maxKeys(1)));
    }

    Optional<State> head(String key) throws S3Failure {
        try {
            HeadObjectResponse head =
                    call(
                            "HeadObject",
                            location.uri(key),
                            () ->
                                    client.headObject(
                                            r ->
                                                    r.bucket(location.bucket())
                                                            .key(location.object(key))));
            return Optional.of(
                    new State(
                            head.eTag(),
                            head.contentLength(),
                            head.metadata().getOrDefault(SHA256, "")));
        } catch (S3Failure e) {
            if (e.isNotFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// @param from first byte
    /// @param tag of the object that an earlier part came from
    ResponseInputStream<GetObjectResponse> get(String key, long from, Optional<String> tag)
            throws S3Failure {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder()
                        .bucket(location.bucket())
                        .key(location.object(key))
                        .ifMatch(tag.orElse(null));
        if (from > 0) {
            request.range("bytes=%d-".formatted(from));
        }
        return call("GetObject", location.uri(key), () -> client.getObject(request.build()));
    }

    void put(String key, Condition condition, String sha256, String md5, RequestBody body)
            throws S3Failure {
        call(
                "PutObject",
                location.uri(key),
                () ->
                        client.putObject(
                                r ->
                                        r.bucket(location.bucket())
                                                .key(location.object(key))
                                                .ifMatch(condition.ifMatch())
                                                .ifNoneMatch(condition.ifNoneMatch())
                                                .contentMD5(md5)
                                                .metadata(Map.of(SHA256, sha256)),
                                body));
    }

    String begin(String key, String sha256) throws S3Failure {
        return call(
                "CreateMultipartUpload",
                location.uri(key),
                () ->
                        client.createMultipartUpload(
                                        r ->
                                                r.bucket(location.bucket())
                                                        .key(location.object(key))
                                                        .metadata(Map.of(SHA256, sha256)))
                                .uploadId());
    }

    CompletedPart part(String key, String upload, int number, String md5, RequestBody body)
            throws S3Failure {
        String tag =
                call(
                        "UploadPart",
                        location.uri(key),
                        () ->
                                client.uploadPart(
                                                r ->
                                                        r.bucket(location.bucket())
                                                                .key(location.object(key))
                                                                .uploadId(upload)
                                                                .partNumber(number)
                                                                .contentMD5(md5),
                                                body)
                                        .eTag());
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    void complete(String key, String upload, Condition condition, List<CompletedPart> parts)
            throws S3Failure {
        call(
                "CompleteMultipartUpload",
                location.uri(key),
                () ->
                        client.completeMultipartUpload(
                                r ->
                                        r.bucket(location.bucket())
                                                .key(location.object(key))
                                                .uploadId(upload)
                                                .ifMatch(condition.ifMatch())
                                                .ifNoneMatch(condition.ifNoneMatch())
                                                .multipartUpload(m -> m.parts(parts))));
    }

    /// Copies an object of the server, with what it says it has, here.
    ///
    /// @param tag that the object has to have
    void copy(String key, S3Location from, String tag) throws S3Failure {
        call(
                "CopyObject",
                from.uri(key),
                () ->
                        client.copyObject(
                                r ->
                                        r.sourceBucket(from.bucket())
                                                .sourceKey(from.object(key))
                                                .copySourceIfMatch(tag)
                                                .destinationBucket(location.bucket())
                                                .destinationKey(location.object(key))));
    }

    /// Copies a part of an object of the server, as a piece of an upload.
    ///
    /// @param tag that the object has to have
    /// @param range as `bytes=first-last`
    CompletedPart copyPart(
            String key, String upload, int number, S3Location from, String tag, String range)
            throws S3Failure {
        String copied =
                call(
                        "UploadPartCopy",
                        from.uri(key),
                        () ->
                                client.uploadPartCopy(
                                                r ->
                                                        r.sourceBucket(from.bucket())
                                                                .sourceKey(from.object(key))
                                                                .copySourceIfMatch(tag)
                                                                .copySourceRange(range)
                                                                .destinationBucket(
                                                                        location.bucket())
                                                                .destinationKey(
                                                                        location.object(key))
                                                                .uploadId(upload)
                                                                .partNumber(number))
                                        .copyPartResult()
                                        .eTag());
        return CompletedPart.builder().partNumber(number).eTag(copied).build();
    }

    void abort(String object, String upload) throws S3Failure {
        try {
            call(
                    "AbortMultipartUpload",
                    "s3://%s/%s".formatted(location.bucket(), object),
                    () ->
                            client.abortMultipartUpload(
                                    r -> r.bucket(location.bucket()).key(object).uploadId(upload)));
        } catch (S3Failure e) {
            if (!e.isNotFound()) {
                throw e;
            }
        }
    }

    /// Uploads that were begun so long ago and not completed.
    List<MultipartUpload> unfinished(Duration age) throws S3Failure {
        Instant limit = Instant.now().minus(age);
        return call(
                "ListMultipartUploads",
                location.toString(),
                () ->
                        client
                                .listMultipartUploadsPaginator(
                                        r -> r.bucket(location.bucket()).prefix(location.start()))
                                .uploads()
                                .stream()
                                .filter(upload -> !upload.initiated().isAfter(limit))
                                .toList());
    }

    /// Keys that begin with `start`, which need not end with a whole part.
    List<String> list(String start) throws S3Failure {
        return call(
                "ListObjectsV2",
                location.uri(start),
                () ->
                        client
                                .listObjectsV2Paginator(
                                        r ->
                                                r.bucket(location.bucket())
                                                        .prefix(location.object(start)))
                                .contents()
                                .stream()
                                .map(S3Object::key)
                                .map(location::key)
                                .toList());
    }

    void delete(List<String> keys) throws IOException {
        for (int from = 0; from < keys.size(); from += KEYS_AT_A_TIME) {
            List<ObjectIdentifier> some = new ArrayList<>();
            for (String key : keys.subList(from, Math.min(from + KEYS_AT_A_TIME, keys.size()))) {
                some.add(ObjectIdentifier.builder().key(location.object(key)).build());
            }
            deleteSome(some);
        }
    }

    private void deleteSome(List<ObjectIdentifier> objects) throws IOException {
        Delete request = Delete.builder().objects(objects).quiet(true).build();
        DeleteObjectsResponse answer =
                call(
                        "DeleteObjects",
                        location.toString(),
                        () ->
                                client.deleteObjects(
                                        r -> r.bucket(location.bucket()).delete(request)));
        if (answer.hasErrors() && !answer.errors().isEmpty()) {
            S3Error first = answer.errors().getFirst();
            throw new IOException(
                    "DeleteObjects of %s: %d of %d objects stayed, the first is %s: %s %s"
                            .formatted(
                                    location,
                                    answer.errors().size(),
                                    objects.size(),
                                    first.key(),
                                    first.code(),
                                    first.message()));
        }
    }

    private static <T> T call(String operation, String place, Supplier<T> call) throws S3Failure {
        try {
            return call.get();
        } catch (SdkException e) {
            throw new S3Failure(operation, place, e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
