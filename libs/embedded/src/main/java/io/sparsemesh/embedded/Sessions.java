package io.sparsemesh.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Starts children in sessions of their own where `setsid` exists, so that Ctrl-C in the
/// terminal reaches only the parent, which then stops them in order.
final class Sessions {
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private Sessions() {}

    static List<String> prefix() {
        return Files.isExecutable(SETSID) ? List.of(SETSID.toString()) : List.of();
    }
}
