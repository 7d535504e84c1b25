package io.sparsemesh.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Layers side by side with another program: `bench solver` for each, and a table of the ratios.
@Command(
        name = "table",
        description =
                "Runs `bench solver` and another program side by side on several layers and prints a"
                        + " table of the ratios.",
        mixinStandardHelpOptions = true)
final class TableBench implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEAD =
            """
            | layer, pattern, bits | Gram, ms | times faster | of the peak | prune, ms | times faster | of the limit | peak GFLOP/s | relative error |
            |---|---|---|---|---|---|---|---|---|""";

    @Spec private CommandSpec spec;

    @Option(names = "--baseline", required = true, description = "the other program, a script")
    private Path baseline;

    @Option(names = "--python", defaultValue = "python3", description = "runs the script")
    private String python;

    @Option(
            names = "--layers",
            split = ",",
            defaultValue = "768x768,3072x768,768x3072,2048x2048,4096x4096",
            description = "rows x columns of each")
    private List<String> layers;

    @Option(names = "--patterns", split = ",", defaultValue = "0.5,2:4", description = "of each")
    private List<String> patterns;

    @Option(names = "--bits", split = ",", defaultValue = "16", description = "of each")
    private List<String> bits;

    @Option(
            names = "--with",
            split = ",",
            description = "further options of `bench solver`, such as --threads=2")
    private List<String> others = List.of();

    @Override
    public Integer call() throws IOException {
        List<String> rows = new ArrayList<>();
        for (String layer : layers) {
            for (String pattern : patterns) {
                for (String width : bits) {
                    List<JsonNode> lines = run(layer, pattern, width);
                    lines.forEach(this::print);
                    rows.add(row(layer, pattern, width, lines));
                }
            }
        }
        print(HEAD);
        rows.forEach(this::print);
        return 0;
    }

    /// The other program's line, ours and the ratios.
    private List<JsonNode> run(String layer, String pattern, String width) throws IOException {
        String[] sides = layer.split("x");
        if (sides.length != 2) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--layers: expected ROWSxCOLUMNS, found '%s'".formatted(layer));
        }
        List<String> options =
                new ArrayList<>(
                        List.of(
                                "--rows=" + sides[0],
                                "--cols=" + sides[1],
                                "--pattern=" + pattern,
                                "--bits=" + width,
                                "--baseline=" + baseline,
                                "--python=" + python));
        options.addAll(others);
        StringWriter out = new StringWriter();
        CommandLine solver = new CommandLine(new SolverBench());
        solver.setOut(new PrintWriter(out)).setErr(spec.commandLine().getErr());
        if (solver.execute(options.toArray(String[]::new)) != 0) {
            throw new IllegalStateException("bench solver %s failed".formatted(options));
        }
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static String row(String layer, String pattern, String width, List<JsonNode> lines) {
        JsonNode other = lines.get(0);
        JsonNode own = lines.get(1);
        JsonNode ratios = lines.get(2);
        double cols = own.path("cols").asDouble();
        double gram = cols * cols * own.path("tokens").asDouble() / own.path("gram_s").asDouble();
        return "| %s, %s, %s | %s / %s | %.1f | %.0f %% | %s / %s | %.1f | %.0f %% | %.0f / %.0f | %.5f / %.5f |"
                .formatted(
                        layer,
                        pattern,
                        width,
                        milliseconds(other, "gram_s"),
                        milliseconds(own, "gram_s"),
                        ratios.path("gram_times_faster").asDouble(),
                        gram / own.path("peak_gflops").asDouble() / 1e7,
                        milliseconds(other, "prune_s"),
                        milliseconds(own, "prune_s"),
                        ratios.path("prune_times_faster").asDouble(),
                        100 * own.path("limit_share").asDouble(),
                        other.path("peak_gflops").asDouble(),
                        own.path("peak_gflops").asDouble(),
                        other.path("relative_error").asDouble(),
                        own.path("relative_error").asDouble());
    }

    private static String milliseconds(JsonNode line, String name) {
        return "%.1f".formatted(1000 * line.path(name).asDouble());
    }

    private void print(Object line) {
        spec.commandLine().getOut().println(line);
        spec.commandLine().getOut().flush();
    }
}
