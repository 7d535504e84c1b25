package io.sparsemesh.artifacts;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Where artifacts lie in S3: `s3://bucket/prefix`, or the whole bucket.
///
/// @param prefix without slashes around it; empty for the whole bucket
record S3Location(String bucket, String prefix) {

    static final String SCHEME = "s3:";

    private static final String PARTS = "[A-Za-z0-9!_.*'()=-]+(?:/[A-Za-z0-9!_.*'()=-]+)*";
    private static final Pattern FORM =
            Pattern.compile(
                    "s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(%s)?/?)?".formatted(PARTS));

    /// @throws IllegalArgumentException if it is malformed
    static S3Location parse(String uri) {
        Matcher parts = FORM.matcher(uri);
        if (!parts.matches() || parts.group(1).contains("..") || hasStep(uri)) {
            throw new IllegalArgumentException(
                    "expected s3://bucket or s3://bucket/prefix, found '%s'".formatted(uri));
        }
        return new S3Location(parts.group(1), parts.group(2) == null ? "" : parts.group(2));
    }

    /// Whether a part of it means another folder where paths are resolved.
    private static boolean hasStep(String uri) {
        return Stream.of(uri.split("/")).anyMatch(part -> part.equals(".") || part.equals(".."));
    }

    /// The name that an artifact's key has in the bucket.
    String object(String key) {
        return prefix.isEmpty() ? key : prefix + "/" + key;
    }

    /// The key of an artifact by its name in the bucket.
    String key(String object) {
        return prefix.isEmpty() ? object : object.substring(prefix.length() + 1);
    }

    /// What the names of all artifacts begin with.
    String start() {
        return prefix.isEmpty() ? "" : prefix + "/";
    }

    /// As messages name an artifact.
    String uri(String key) {
        return "s3://%s/%s".formatted(bucket, object(key));
    }

    @Override
    public String toString() {
        return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
