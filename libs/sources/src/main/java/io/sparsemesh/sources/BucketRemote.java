package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSource.BucketModel;
import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/// The objects right below a prefix. Their state is the digest of their listing: key, entity tag
/// and size of each; an object is given only as long as it has the tag of the listing.
final class BucketRemote implements Remote {

    private static final Pattern RANGE =
            Pattern.compile("bytes ([0-9]{1,18})-[0-9]+/([0-9]{1,18})");

    private final BucketModel model;
    private final AtomicLong received = new AtomicLong();
    private final S3Client client;

    BucketRemote(SourceSettings.Buckets settings, BucketModel model) {
        this.model = model;
        this.client = client(settings);
    }

    /// Credentials are those of the SDK's default chain.
    private S3Client client(SourceSettings.Buckets settings) {
        S3ClientBuilder builder =
                S3Client.builder()
                        .forcePathStyle(settings.pathStyle())
                        .overrideConfiguration(o -> o.addExecutionInterceptor(new ListingLimit()))
                        .httpClientBuilder(
                                UrlConnectionHttpClient.builder()
                                        .connectionTimeout(Duration.ofSeconds(10))
                                        .socketTimeout(Duration.ofSeconds(60)));
        settings.endpoint().ifPresent(builder::endpointOverride);
        if (settings.region().isPresent() || settings.endpoint().isPresent()) {
            builder.region(Region.of(settings.region().orElse("us-east-1")));
        }
        return builder.build();
    }

    @Override
    public Listing list() throws IOException {
        try {
            String folder = model.prefix() + "/";
            ListObjectsV2Request request =
                    ListObjectsV2Request.builder()
                            .bucket(model.bucket())
                            .prefix(folder)
                            .delimiter("/")
                            .build();
            return listing(Selection.of(model.uri(), all(request, folder)));
        } catch (SdkException e) {
            throw failure(e, "");
        }
    }

    /// Pages are asked for one by one, as far as a listing may go.
    private List<RemoteFile> all(ListObjectsV2Request request, String folder) {
        received.set(0);
        List<RemoteFile> all = new ArrayList<>();
        int pages = 0;
        int entries = 0;
        for (ListObjectsV2Response page : client.listObjectsV2Paginator(request)) {
            pages++;
            entries += page.contents().size() + page.commonPrefixes().size();
            if (entries > Limits.LISTING_ENTRIES || pages > Limits.LISTING_PAGES) {
                throw Limits.exceeded(
                        model.uri(),
                        "",
                        "objects and folders below it, in %d pages".formatted(Limits.LISTING_PAGES),
                        Limits.LISTING_ENTRIES,
                        "more");
            }
            page.contents().forEach(object -> all.add(file(object, folder)));
        }
        return all;
    }

    /// Counts the bytes of listings, all pages together, and stops where they are too many.
    private final class ListingLimit implements ExecutionInterceptor {

        @Override
        public Optional<InputStream> modifyHttpResponseContent(
                Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
            return context.request() instanceof ListObjectsV2Request
                    ? context.responseBody().map(this::counted)
                    : context.responseBody();
        }

        private InputStream counted(InputStream body) {
            return new FilterInputStream(body) {
                @Override
                public int read() throws IOException {
                    int b = super.read();
                    count(b < 0 ? 0 : 1);
                    return b;
                }

                @Override
                public int read(byte[] to, int from, int most) throws IOException {
                    int n = super.read(to, from, most);
                    count(Math.max(0, n));
                    return n;
                }
            };
        }

        private void count(int bytes) {
            if (received.addAndGet(bytes) > Limits.LISTING_BYTES) {
                throw Limits.exceeded(
                        model.uri(),
                        "",
                        "bytes as the list of files",
                        Limits.LISTING_BYTES,
                        "more");
            }
        }
    }

    private static RemoteFile file(S3Object object, String folder) {
        return new RemoteFile(
                object.key().substring(folder.length()),
                object.size() == null ? -1 : object.size(),
                Optional.ofNullable(object.eTag()),
                Optional.empty());
    }

    private Listing listing(List<RemoteFile> files) {
        String digest = digest(files);
        if (model.digest().isPresent() && !digest.equals(model.digest().get())) {
            throw changed(
                    "",
                    "expected a listing with digest %s, found %s: objects were changed"
                            .formatted(model.digest().get(), digest));
        }
        return new Listing(
                model.at(digest).uri(),
                digest,
                Path.of("s3", model.bucket()).resolve(model.prefix()).resolve(digest),
                files);
    }

    private String digest(List<RemoteFile> files) {
        var digest = Checksum.digest("SHA-256");
        files.stream()
                .map(f -> "%s\t%s\t%d\n".formatted(f.name(), f.tag().orElse(""), f.size()))
                .sorted()
                .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public Body open(
            Listing listing, RemoteFile file, long from, OptionalLong count, Optional<String> tag)
            throws IOException {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder()
                        .bucket(model.bucket())
                        .key(model.prefix() + "/" + file.name())
                        .ifMatch(file.tag().orElse(null));
        if (from > 0 || count.isPresent()) {
            String end = count.isPresent() ? Long.toString(from + count.getAsLong() - 1) : "";
            request.range("bytes=%d-%s".formatted(from, end));
        }
        try {
            return body(client.getObject(request.build()));
        } catch (SdkException e) {
            throw failure(e, file.name());
        }
    }

    private static Body body(ResponseInputStream<GetObjectResponse> answer) throws IOException {
        GetObjectResponse head = answer.response();
        if (head.contentRange() == null) {
            return new Body(
                    answer,
                    0,
                    OptionalLong.of(head.contentLength()),
                    Optional.ofNullable(head.eTag()));
        }
        Matcher range = RANGE.matcher(head.contentRange());
        if (!range.matches()) {
            throw new RangeException("expected Content-Range with start and size");
        }
        return new Body(
                answer,
                Long.parseLong(range.group(1)),
                OptionalLong.of(Long.parseLong(range.group(2))),
                Optional.ofNullable(head.eTag()));
    }

    private IOException failure(SdkException e, String file) {
        if (e.getCause() instanceof ModelSourceException fault) {
            throw fault;
        }
        return switch (e) {
            case S3Exception answer -> failure(answer, file);
            case SdkClientException client when hasNetworkCause(client) ->
                    new IOException("the bucket's server does not answer: " + e.getMessage(), e);
            default -> throw fault(Kind.ACCESS_DENIED, file, e.getMessage());
        };
    }

    private IOException failure(S3Exception answer, String file) {
        int status = answer.statusCode();
        String detail = "expected status 200, found " + status;
        return switch (status) {
            case 401, 403 ->
                    throw fault(
                            Kind.ACCESS_DENIED, file, detail + ": the credentials give no access");
            case 404 -> throw fault(Kind.NOT_FOUND, file, detail);
            case 412 -> throw changed(file, "expected the object of the listing, found another");
            case 416 -> new RangeException(detail);
            case 408, 429, 500, 502, 503, 504 -> new BusyException(detail, Optional.empty());
            default -> throw fault(Kind.UNUSABLE, file, detail);
        };
    }

    private static boolean hasNetworkCause(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return true;
            }
        }
        return false;
    }

    private ModelSourceException changed(String file, String detail) {
        return fault(Kind.CHANGED, file, detail + " since the job was submitted; submit it again");
    }

    private ModelSourceException fault(Kind kind, String file, String detail) {
        return new ModelSourceException(kind, model.uri(), file, detail);
    }

    @Override
    public void close() {
        client.close();
    }
}
