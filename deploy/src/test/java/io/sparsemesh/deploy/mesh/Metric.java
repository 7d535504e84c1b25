package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A metric as a service shows it, or as the table of docs/operations.md promises it.
///
/// @param labels sorted, without those that the format itself needs
record Metric(String service, String name, String type, Set<String> labels) {

    private static final Path DOCUMENT = TestMesh.ROOT.resolve("docs/operations.md");
    private static final Pattern ROW =
            Pattern.compile("\\| `(sparsemesh_\\w+)` \\| (\\w+) \\| ([^|]*)\\| ([^|]*)\\|.*");
    private static final Pattern TYPE = Pattern.compile("# TYPE (sparsemesh_\\w+) (\\w+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
    private static final Set<String> OF_THE_FORMAT = Set.of("le", "quantile");

    /// Every service's metrics as the table has them.
    static Set<Metric> documented() throws IOException {
        try (Stream<String> lines = Files.lines(DOCUMENT)) {
            return lines.map(ROW::matcher)
                    .filter(Matcher::matches)
                    .flatMap(
                            row ->
                                    words(row.group(4)).stream()
                                            .map(
                                                    service ->
                                                            new Metric(
                                                                    service,
                                                                    row.group(1),
                                                                    row.group(2),
                                                                    words(row.group(3)))))
                    .collect(Collectors.toSet());
        }
    }

    private static Set<String> words(String cell) {
        return Arrays.stream(cell.replace("`", "").split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Those of the project that a service shows now.
    static Set<Metric> scraped(String service, int managementPort) {
        String all = read(managementPort);
        return TYPE.matcher(all)
                .results()
                .map(
                        type ->
                                new Metric(
                                        service,
                                        type.group(1),
                                        type.group(2),
                                        labels(all, type.group(1))))
                .collect(Collectors.toSet());
    }

    private static Set<String> labels(String all, String metric) {
        return all.lines()
                .filter(line -> line.matches(metric + "(_bucket|_count|_sum)?\\{.*"))
                .flatMap(line -> LABEL.matcher(line).results())
                .map(label -> label.group(1))
                .filter(label -> !OF_THE_FORMAT.contains(label))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// In Prometheus' own format: that of OpenMetrics calls a counter's family otherwise than its
    /// series.
    private static String read(int managementPort) {
        URI metrics = URI.create("http://127.0.0.1:" + managementPort + "/q/metrics");
        try {
            URLConnection connection = metrics.toURL().openConnection();
            connection.setRequestProperty("Accept", "text/plain");
            try (InputStream body = connection.getInputStream()) {
                return new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(metrics.toString(), e);
        }
    }
}
