package io.sparsemesh.deploy.command;

import java.nio.file.Path;
import java.util.regex.Pattern;

/// Lets people write paths where the API wants URIs.
final class Uris {
    private static final Pattern SCHEME = Pattern.compile("^[a-z][a-z0-9+.-]+:.*");

    private Uris() {}

    /// Returns `text` if it is a URI, else the absolute `file:` URI of the path it is.
    static String of(String text) {
        return SCHEME.matcher(text).matches()
                ? text
                : "file://" + Path.of(text).toAbsolutePath().normalize().toUri().getRawPath();
    }
}
