package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the URI of a model names.
public sealed interface ModelSource {

    /// The URI, with its revision or digest if it has one.
    String uri();

    /// A folder of this machine, or a URI of no remote kind: others judge it.
    record LocalFolder(String uri) implements ModelSource {}

    /// A repository of the Hub, `hf://owner/name@revision`.
    record HubModel(String owner, String name, Optional<String> revision) implements ModelSource {

        static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

        String id() {
            return owner + "/" + name;
        }

        HubModel at(String other) {
            return new HubModel(owner, name, Optional.of(other));
        }

        @Override
        public String uri() {
            return "hf://" + id() + revision.map(r -> "@" + r).orElse("");
        }
    }

    /// The objects right below a prefix of a bucket, `s3://bucket/prefix`; pinned
    /// `#sha256=` and the digest of their listing.
    record BucketModel(String bucket, String prefix, Optional<String> digest)
            implements ModelSource {

        BucketModel at(String other) {
            return new BucketModel(bucket, prefix, Optional.of(other));
        }

        @Override
        public String uri() {
            return "s3://" + bucket + "/" + prefix + digest.map(d -> PIN + d).orElse("");
        }
    }

    String PIN = "#sha256=";

    /// Whether `uri` names something that has to be fetched.
    static boolean isRemote(String uri) {
        return uri.startsWith("hf:") || uri.startsWith("s3:");
    }

    /// @throws ModelSourceException if a `hf:` or `s3:` URI is malformed
    static ModelSource parse(String uri) {
        if (uri.startsWith("hf:")) {
            return hub(uri);
        }
        return uri.startsWith("s3:") ? bucket(uri) : new LocalFolder(uri);
    }

    private static HubModel hub(String uri) {
        String name = "([A-Za-z0-9][A-Za-z0-9._-]{0,95})";
        Pattern form = Pattern.compile("hf://%s/%s(?:@(.*))?".formatted(name, name));
        Matcher parts = matched(form, uri, "hf://owner/name or hf://owner/name@revision");
        Optional<String> revision = Optional.ofNullable(parts.group(3));
        revision.ifPresent(r -> requireRevision(uri, r));
        return new HubModel(parts.group(1), parts.group(2), revision);
    }

    private static BucketModel bucket(String uri) {
        String prefix = "([A-Za-z0-9!_.*'()=+-][A-Za-z0-9!_.*'()=+/-]{0,900})";
        Pattern form =
                Pattern.compile(
                        "s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/%s(?:#sha256=([0-9a-f]{64}))?"
                                .formatted(prefix));
        Matcher parts = matched(form, uri, "s3://bucket/prefix");
        if (("/" + parts.group(2) + "/").contains("/./")) {
            throw invalid(uri, "s3://bucket/prefix", uri);
        }
        return new BucketModel(
                parts.group(1),
                parts.group(2).replaceFirst("/+$", ""),
                Optional.ofNullable(parts.group(3)));
    }

    /// @throws ModelSourceException if it is no name of a branch, tag or commit
    static void requireRevision(String uri, String revision) {
        if (!revision.matches("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}") || revision.contains("..")) {
            throw invalid(uri, "a branch, tag or commit as revision", revision);
        }
    }

    private static Matcher matched(Pattern form, String uri, String expected) {
        Matcher parts = form.matcher(uri);
        if (!parts.matches() || uri.contains("..") || uri.contains("/./")) {
            throw invalid(uri, expected, uri);
        }
        return parts;
    }

    private static ModelSourceException invalid(String uri, String expected, String found) {
        return new ModelSourceException(
                Kind.INVALID_URI, uri, "", "expected %s, found '%s'".formatted(expected, found));
    }
}
