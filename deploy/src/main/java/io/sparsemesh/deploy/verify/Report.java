package io.sparsemesh.deploy.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sparsemesh.checkpoint.FileDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What `sparsemesh-report.json` claims of the folder it lies in.
///
/// @param sha256 digest over the digests of all files
/// @param sparsity share of zeros over all pruned linears
/// @param format of the output; empty in reports that do not say
/// @param grid what kept weights were rounded to, if they were
/// @param files every other file of the folder
/// @param layers the pruned linears
record Report(
        String sha256,
        double sparsity,
        String format,
        Optional<Grid> grid,
        List<FileDigest> files,
        List<LayerClaim> layers) {
    static final String NAME = "sparsemesh-report.json";

    /// At most `n` non-zeros in each `m` consecutive inputs.
    record Pattern(int n, int m) {
        static Pattern parse(String text) {
            String[] parts = text.split(":", 2);
            return new Pattern(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
        }

        /// What a layer was asked for: by itself, or in older reports by the method.
        static Optional<Pattern> of(JsonNode layer, JsonNode method) {
            JsonNode target =
                    layer.path("target").isTextual()
                            ? layer.path("target")
                            : method.path("pattern");
            return target.isTextual() && target.asText().contains(":")
                    ? Optional.of(parse(target.asText()))
                    : Optional.empty();
        }
    }

    /// At most `2^bits` different weights in each `groupSize` consecutive inputs of an output, or
    /// in all of them when it is 0.
    record Grid(int bits, int groupSize) {
        static Optional<Grid> of(JsonNode quantization) {
            return quantization.isObject()
                    ? Optional.of(
                            new Grid(
                                    quantization.path("bits").asInt(),
                                    quantization.path("groupSize").asInt()))
                    : Optional.empty();
        }

        long width(long cols) {
            return groupSize == 0 ? cols : groupSize;
        }
    }

    /// @param rows outputs
    /// @param cols inputs
    /// @param pattern the n:m pattern that was asked for, if one was
    record LayerClaim(String name, long rows, long cols, long zeros, Optional<Pattern> pattern) {}

    /// @throws VerificationException if the folder has no report or one that cannot be read
    static Report read(Path folder) {
        Path file = folder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw new VerificationException(
                    "[" + folder + "] expected " + NAME + ", found none; is it a job's output?");
        }
        try {
            return of(new JsonMapper().readTree(file.toFile()));
        } catch (JsonProcessingException e) {
            throw new VerificationException("[" + file + "] is not JSON: " + e.getMessage());
        } catch (IOException | NumberFormatException e) {
            throw new VerificationException("[" + file + "] cannot be read: " + e);
        }
    }

    private static Report of(JsonNode tree) {
        List<FileDigest> files = new ArrayList<>();
        for (JsonNode file : tree.path("files")) {
            files.add(
                    new FileDigest(
                            file.path("name").asText(),
                            file.path("size").asLong(),
                            file.path("sha256").asText()));
        }
        List<LayerClaim> layers = new ArrayList<>();
        for (JsonNode layer : tree.path("layers")) {
            layers.add(
                    new LayerClaim(
                            layer.path("name").asText(),
                            layer.path("rows").asLong(),
                            layer.path("cols").asLong(),
                            layer.path("zeros").asLong(),
                            Pattern.of(layer, tree.at("/request/method"))));
        }
        return new Report(
                tree.path("sha256").asText(),
                tree.path("sparsity").asDouble(),
                tree.at("/request/output/format").asText(),
                Grid.of(tree.at("/request/method/quantization")),
                files,
                layers);
    }
}
