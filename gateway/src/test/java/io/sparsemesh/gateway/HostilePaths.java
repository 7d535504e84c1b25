package io.sparsemesh.gateway;

import java.util.List;
import java.util.stream.Stream;

/// Names that would leave a folder if one of the programs on the way read them in its own manner.
final class HostilePaths {

    /// Stands for a path below the folder above.
    private static final String TARGET = "T";

    private static final List<String> SPELLINGS =
            List.of(
                    "../T",
                    "./../T",
                    "a/../../T",
                    "..//T",
                    "%2e%2e/T",
                    "%2E%2E/T",
                    ".%2e/T",
                    "..%2fT",
                    "..%2FT",
                    "%2e%2e%2fT",
                    "%252e%252e/T",
                    "%252e%252e%252fT",
                    "..%252fT",
                    "%25252e%25252e/T",
                    "%u002e%u002e/T",
                    "..\\T",
                    "..\\/T",
                    "..%5cT",
                    "..%255cT",
                    "..;/T",
                    "..;a=b/T",
                    ";/../../T",
                    "..%3b/T",
                    "?/../../T",
                    "%3f/../../T",
                    "#/../../T",
                    "%23/../../T",
                    "..%00/T",
                    "../T%00.json",
                    "../T%00",
                    "..%0a/T",
                    "..%0d%0a/T",
                    "..%20/T",
                    "..%09/T",
                    "%c0%ae%c0%ae/T",
                    "%c0%ae%c0%ae%c0%afT",
                    "..%c0%afT",
                    "..%c1%9cT",
                    "%e0%80%ae%e0%80%ae/T",
                    "%f0%80%80%ae%f0%80%80%ae/T",
                    "..%e2%88%95/T",
                    "\u2025/T",
                    "\uff0e\uff0e/T",
                    "..\uff0fx/T",
                    "//host/../../T",
                    "///T",
                    "~/../../T",
                    "link/T",
                    "link/../link/T",
                    "%6cink/T");

    private HostilePaths() {}

    /// @param target path below the folder above; a link named `link` leads there
    static Stream<String> to(String target) {
        return SPELLINGS.stream().map(spelling -> spelling.replace(TARGET, target));
    }
}
