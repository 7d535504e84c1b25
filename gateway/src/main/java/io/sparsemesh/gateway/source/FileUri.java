package io.sparsemesh.gateway.source;

import io.sparsemesh.gateway.problem.Code;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/// Reads `file:` URIs strictly: an absolute path of this machine, percent-encoded once. Everything
/// that different programs read differently is refused.
public final class FileUri {

    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*");
    private static final Pattern ENCODED = Pattern.compile(".*%[0-9A-Fa-f]{2}.*");
    private static final Pattern BROKEN_ENCODING = Pattern.compile(".*%(?![0-9A-Fa-f]{2}).*");
    private static final Pattern ENCODED_SEPARATOR = Pattern.compile("(?i).*%(2f|5c).*");
    private static final int MAX_LENGTH = 4096;

    private FileUri() {}

    /// The path that `uri` names, absolute, not yet resolved on the disk.
    ///
    /// @throws SourceException if it is no such URI
    public static Path parse(String uri) {
        requireFile(uri);
        String path = uri.substring("file:".length());
        if (path.startsWith("//")) {
            path = withoutEmptyHost(uri, path);
        }
        if (!path.startsWith("/") || path.startsWith("//")) {
            throw invalid("expected an absolute path after file:", uri);
        }
        if (path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
            throw invalid("a file: URI has no query and no fragment (encode them)", uri);
        }
        String decoded = decodedOnce(uri, path);
        if (Arrays.asList(decoded.split("/")).contains("..")) {
            throw new SourceException(
                    Code.OUTSIDE_ROOTS, "'..' is not allowed in paths, found " + shown(uri));
        }
        return path(uri, decoded);
    }

    /// Half a surrogate pair is no name, nor are letters that the system's encoding lacks.
    private static Path path(String uri, String decoded) {
        try {
            return Path.of(decoded).normalize();
        } catch (InvalidPathException e) {
            throw invalid("expected a path that this system can name", uri);
        }
    }

    /// The URI of a path, without a slash at the end.
    public static String of(Path path) {
        String uri = path.toUri().toString();
        return uri.endsWith("/") && uri.length() > "file:///".length()
                ? uri.substring(0, uri.length() - 1)
                : uri;
    }

    private static void requireFile(String uri) {
        if (uri.length() > MAX_LENGTH) {
            throw new SourceException(
                    Code.INVALID_URI, "expected at most %d characters".formatted(MAX_LENGTH));
        }
        if (uri.chars().anyMatch(c -> c == '\\' || Character.isISOControl(c))) {
            throw invalid("control characters and '\\' are not allowed", uri);
        }
        var scheme = SCHEME.matcher(uri);
        if (!scheme.matches()) {
            throw invalid("expected a file: URI", uri);
        }
        switch (scheme.group(1).toLowerCase(Locale.ROOT)) {
            case "file" -> {
                if (!uri.startsWith("file:")) {
                    throw invalid("expected file: in lower case", uri);
                }
            }
            case "s3", "hf" ->
                    throw new SourceException(
                            Code.UNSUPPORTED_SCHEME,
                            scheme.group(1)
                                    + ": is for models (s3: for outputs too), use file: here");
            default ->
                    throw new SourceException(
                            Code.UNSUPPORTED_SCHEME, "expected a file: URI, found " + shown(uri));
        }
    }

    private static String withoutEmptyHost(String uri, String path) {
        String rest = path.substring(2);
        if (!rest.startsWith("/")) {
            throw invalid("expected no host in a file: URI", uri);
        }
        return rest;
    }

    private static String decodedOnce(String uri, String path) {
        if (BROKEN_ENCODING.matcher(path).matches()) {
            throw invalid("'%' is not followed by two hex digits", uri);
        }
        String decoded = decode(path);
        if (ENCODED.matcher(decoded).matches()) {
            refuseEncodedTwice(uri, decoded);
        }
        if (ENCODED_SEPARATOR.matcher(path).matches()) {
            throw encodedSeparator(uri, decoded);
        }
        if (decoded.chars().anyMatch(c -> c == 0xfffd || Character.isISOControl(c))) {
            throw invalid("the encoded path has control characters or is not UTF-8", uri);
        }
        return decoded;
    }

    private static void refuseEncodedTwice(String uri, String decoded) {
        String twice = BROKEN_ENCODING.matcher(decoded).matches() ? decoded : decode(decoded);
        if (twice.contains("..")) {
            throw new SourceException(
                    Code.OUTSIDE_ROOTS, "'..' is not allowed in paths, found " + shown(uri));
        }
        throw invalid("the path is percent-encoded more than once", uri);
    }

    private static SourceException encodedSeparator(String uri, String decoded) {
        return decoded.contains("..")
                ? new SourceException(
                        Code.OUTSIDE_ROOTS, "'..' is not allowed in paths, found " + shown(uri))
                : invalid("path separators must not be percent-encoded", uri);
    }

    private static String decode(String path) {
        return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static SourceException invalid(String expected, String uri) {
        return new SourceException(Code.INVALID_URI, expected + ", found " + shown(uri));
    }

    private static String shown(String uri) {
        String plain = uri.replaceAll("\\p{Cntrl}", "?");
        return "'" + (plain.length() > 200 ? plain.substring(0, 200) + "..." : plain) + "'";
    }
}
