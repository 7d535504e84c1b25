package io.sparsemesh.deploy.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.ModelFolder;
import io.sparsemesh.checkpoint.ModelFolderWriter;
import io.sparsemesh.checkpoint.ModelFolderWriter.IfExists;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.SparseBitmask;
import io.sparsemesh.checkpoint.TensorSource;
import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// Commands on folders, without the mesh: expand, mask, verify.
class FoldersTest {
    private static final float[] PRUNED = {1, 0, 0, 2, 0, 3, 0, 0, 0, 4, 5, 6};

    @TempDir Path dir;
    private Path dense;
    private Path small;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeFolders() throws IOException {
        dense = write(dir.resolve("dense"), PRUNED);
        small = dir.resolve("small");
        try (ModelFolder model = ModelFolder.open(dense)) {
            ModelFolderWriter.writeEncoded(
                    model,
                    Map.of("l.q.weight", new SparseBitmask().encode(model.tensor("l.q.weight"))),
                    new SparseBitmask().config(0.5, "unstructured", List.of("lm_head")),
                    small,
                    IfExists.REFUSE);
        }
        report(dense, "dense");
        report(small, "sparse-bitmask");
    }

    private static Path write(Path folder, float[] values) throws IOException {
        Files.createDirectory(folder);
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"opt\"}");
        TensorSource weight =
                TensorSource.ofF32(
                        "l.q.weight", Dtype.F16, List.of(2L, 6L), MemorySegment.ofArray(values));
        TensorSource bias =
                TensorSource.ofF32(
                        "l.q.bias", Dtype.F16, List.of(2L), MemorySegment.ofArray(new float[2]));
        SafetensorsWriter.write(
                folder.resolve("model.safetensors"), List.of(weight, bias), Map.of("format", "pt"));
        return folder;
    }

    private static void report(Path folder, String format) throws IOException {
        ObjectNode report = Gateway.JSON.createObjectNode();
        ObjectNode request = report.putObject("request");
        request.putObject("output").put("format", format);
        request.putObject("method").put("sparsity", 0.5);
        report.putArray("layers")
                .addObject()
                .put("name", "l.q")
                .put("rows", 2)
                .put("cols", 6)
                .put("zeros", 6)
                .put("target", "0.5");
        List<FileDigest> files =
                List.of(
                        FileDigest.of(folder.resolve("config.json")),
                        FileDigest.of(folder.resolve("model.safetensors")));
        report.put("sha256", FileDigest.overall(files)).put("sparsity", 0.5);
        report.set("files", Gateway.JSON.valueToTree(files));
        Files.writeString(folder.resolve("sparsemesh-report.json"), report.toString());
    }

    private int run(Object... args) {
        CommandLine line = CommandLines.create();
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(
                java.util.stream.Stream.of(args).map(String::valueOf).toArray(String[]::new));
    }

    @Test
    void expandMakesTheDenseFolderByteForByte() throws IOException {
        // When
        int status = run("expand", small, dir.resolve("back"));

        // Then
        assertThat(status).isZero();
        for (String file : List.of("config.json", "model.safetensors")) {
            assertThat(Files.mismatch(dir.resolve("back").resolve(file), dense.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        String sha256 =
                Gateway.JSON
                        .readTree(dense.resolve("sparsemesh-report.json").toFile())
                        .path("sha256")
                        .asText();
        assertThat(out.toString()).isEqualTo("wrote 2 files, sha256 %s%n".formatted(sha256));
    }

    @Test
    void expandOfADenseFolderIsWrongUsage() {
        // When
        int status = run("expand", dense, dir.resolve("back"));

        // Then
        assertThat(status).isEqualTo(2);
        assertThat(err.toString()).contains("expected sparse-bitmask or pack-quantized");
    }

    @Test
    void expandOverwritesNothing() {
        // When
        int status = run("expand", small, dense);

        // Then
        assertThat(status).isEqualTo(3);
        assertThat(err.toString()).contains("expected no such folder yet, found one");
    }

    @Test
    void verifyDecodesCompressedWeights() throws IOException {
        // When
        int status = run("verify", small);

        // Then
        assertThat(out.toString()).startsWith("ok  2 files, 1 layers");
        assertThat(status).isZero();
        try (ModelFolder model = ModelFolder.open(small)) {
            assertThat(model.has("l.q.weight")).isFalse();
        }
    }

    @Test
    void verifyFindsABrokenBitmask() throws IOException {
        // Given
        Path weights = small.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);

        // When
        int status = run("verify", small);

        // Then
        assertThat(status).isEqualTo(3);
        assertThat(out.toString())
                .contains("WRONG  model.safetensors")
                .contains("'l.q.compressed': expected F16 [7], found F16 [6]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mask.safetensors", "dense", "small"})
    void zerosOfAMaskAreStillThereAfterFineTuning(String mask) throws IOException {
        // Given
        assertThat(run("mask", small, dir.resolve("mask.safetensors"))).isZero();
        Path tuned = write(dir.resolve("tuned"), new float[] {9, 0, 0, 7, 0, 1, 0, 0, 0, 1, 1, 0});

        // When
        int status = run("verify", tuned, "--mask", dir.resolve(mask));

        // Then
        assertThat(status).isZero();
        assertThat(out.toString()).contains("wrote the mask of 1 linears").contains("1 layers");
    }

    @Test
    void weightThatGrewInAPrunedPlaceIsNamed() throws IOException {
        // Given
        float[] values = PRUNED.clone();
        values[1] = 1e-3f;
        Path tuned = write(dir.resolve("tuned"), values);

        // When
        int status = run("verify", tuned, "--mask", dense);

        // Then
        assertThat(status).isEqualTo(3);
        assertThat(out.toString())
                .contains("WRONG  l.q: expected 6 zeros of the mask, found 1 of them filled");
    }

    @Test
    void fileThatIsNoMaskIsRefused() {
        // When
        int status = run("verify", dense, "--mask", dense.resolve("model.safetensors"));

        // Then
        assertThat(status).isEqualTo(3);
        assertThat(err.toString()).contains("expected tensors NAME.bitmask, found none");
    }
}
