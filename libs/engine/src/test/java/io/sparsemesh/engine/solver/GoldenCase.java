package io.sparsemesh.engine.solver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A layer that the reference implementation pruned: `golden/solver` of the shared data.
///
/// @param meta its parameters, as JSON
public record GoldenCase(String name, String meta, Tensors tensors) {

    static GoldenCase read(Path folder) {
        try {
            return new GoldenCase(
                    folder.getFileName().toString(),
                    Files.readString(folder.resolve("meta.json")),
                    Tensors.read(folder.resolve("case.safetensors")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Inputs of the layer.
    public long cols() {
        return (long) number("cols");
    }

    /// Whether a slow device is done with it in a moment.
    public boolean isSmall() {
        return cols() <= 256;
    }

    double number(String key) {
        Matcher matcher = field(key, "([-+0-9.eE]+)");
        return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
    }

    String text(String key) {
        Matcher matcher = field(key, "\"?(\\w+)\"?");
        assertThat(matcher.find()).as("meta.json of %s has %s", name, key).isTrue();
        return matcher.group(1);
    }

    private Matcher field(String key, String value) {
        return Pattern.compile("\"" + key + "\":\\s*" + value).matcher(meta);
    }

    boolean isCompensated() {
        return text("method").equals("sparsegpt");
    }

    SolverOptions options() {
        int zeros = (int) number("prunen");
        int group = (int) number("prunem");
        Sparsity sparsity =
                zeros > 0
                        ? new Sparsity.NOutOfM(group - zeros, group)
                        : new Sparsity.Unstructured(number("sparsity"));
        return new SolverOptions(
                        sparsity,
                        (int) number("blocksize"),
                        number("percdamp"),
                        false,
                        Quantisation.NONE)
                .withBits((int) number("wbits"));
    }

    /// Exact, but for kept weights that rounding may move to 0 or not.
    double zeroTolerance(long entries) {
        return number("wbits") == 16 ? 0 : Math.max(4, 2e-4 * entries);
    }

    double tolerance() {
        return switch (text("wdtype")) {
            case "float16" -> 1e-3;
            case "bfloat16" -> 8e-3;
            default -> number("cond_damped_H") > 15000 ? 5e-4 : 2e-5;
        };
    }
}
