package io.sparsemesh.deploy.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparsemesh.checkpoint.Dtype;
import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.checkpoint.SafetensorsWriter;
import io.sparsemesh.checkpoint.TensorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FolderVerifierTest {
    private static final long ROWS = 2;
    private static final long COLS = 6;

    /// Two rows that keep 2 of 4, with a group cut off at the end.
    private static final float[] PRUNED = {1, 0, 0, 2, 0, 3, 0, 0, 0, 4, 5, 6};

    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "F64"})
    void aFolderAsReportedHasNoFindings(Dtype dtype) throws IOException {
        // Given
        write("opt", dtype, List.of(ROWS, COLS), PRUNED, 6, "2:4");

        // When
        FolderVerifier.Outcome outcome = FolderVerifier.verify(folder);

        // Then
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.files()).isEqualTo(2);
        assertThat(outcome.layers()).isEqualTo(1);
        assertThat(outcome.zeros()).isEqualTo(6);
        assertThat(outcome.weights()).isEqualTo(12);
    }

    @Test
    void countsAlongTheInputsOfTransposedWeights() throws IOException {
        // Given GPT-2, which stores [inputs x outputs]
        float[] transposed = new float[PRUNED.length];
        for (int r = 0; r < ROWS; r++) {
            for (int c = 0; c < COLS; c++) {
                transposed[c * (int) ROWS + r] = PRUNED[r * (int) COLS + c];
            }
        }
        write("gpt2", Dtype.F32, List.of(COLS, ROWS), transposed, 6, "2:4");

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings()).isEmpty();
    }

    @Test
    void aBrokenPatternIsCounted() throws IOException {
        // Given three non-zeros in the first group
        float[] values = PRUNED.clone();
        values[1] = 9;
        write("opt", Dtype.F32, List.of(ROWS, COLS), values, 5, "2:4");

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(
                        new Finding(
                                "l.q",
                                "expected at most 2 non-zeros in each 4 inputs,"
                                        + " found 1 groups with more"));
    }

    @Test
    void zerosThatDifferAreNamed() throws IOException {
        // Given
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 7, null);

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(
                        new Finding("l.q", "expected 7 zeros, found 6"),
                        new Finding(
                                Report.NAME, "expected sparsity 0.5833333333333334, found 0.5"));
    }

    @Test
    void aReportWithAnotherOverallDigestIsNamed() throws IOException {
        // Given
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, null);
        Path report = folder.resolve(Report.NAME);
        String overall =
                FileDigest.overall(
                        List.of(
                                FileDigest.of(folder.resolve("config.json")),
                                FileDigest.of(folder.resolve("model.safetensors"))));
        Files.writeString(report, Files.readString(report).replace(overall, "0".repeat(64)));

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(
                        new Finding(
                                Report.NAME,
                                "expected sha256 " + "0".repeat(64) + ", found " + overall));
    }

    @Test
    void negativeZerosAreNamed() throws IOException {
        // Given
        float[] values = PRUNED.clone();
        values[1] = -0.0f;
        write("opt", Dtype.F16, List.of(ROWS, COLS), values, 6, null);

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(new Finding("l.q", "expected zeros +0.0, found 1 of -0.0"));
    }

    @Test
    void everyWrongFileIsNamed() throws IOException {
        // Given a file changed, one gone, one too many
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, null, "gone.json");
        Path config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("opt", "OPT"));
        Files.writeString(folder.resolve("pytorch_model.bin"), "x");

        // When
        List<Finding> findings = FolderVerifier.verify(folder).findings();

        // Then
        assertThat(findings)
                .extracting(Finding::subject)
                .containsExactly("config.json", "gone.json", "pytorch_model.bin");
        assertThat(findings)
                .extracting(finding -> finding.text().replaceAll("[0-9a-f]{64}", "#"))
                .containsExactly(
                        "expected sha256 #, found #",
                        "expected a file, found none",
                        "is not in the report");
    }

    @Test
    void aBrokenCheckpointIsAFinding() throws IOException {
        // Given a header that was cut
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, null);
        Path weights = folder.resolve("model.safetensors");
        Files.write(weights, java.util.Arrays.copyOf(Files.readAllBytes(weights), 20));

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .anySatisfy(finding -> assertThat(finding.text()).contains("truncated"));
    }

    @Test
    void aLayersOwnTargetIsHeldToBeforeTheJobs() throws IOException {
        // Given
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, "2:4");
        edit(report -> ((ObjectNode) report.at("/layers/0")).put("target", "1:4"));

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .extracting(Finding::text)
                .containsExactly(
                        "expected at most 1 non-zeros in each 4 inputs,"
                                + " found 2 groups with more");
    }

    @Test
    void moreLevelsThanBitsAllowAreNamed() throws IOException {
        // Given rows of 0 1 2 3 and of 0 4 5 6
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, null);
        edit(
                report ->
                        ((ObjectNode) report.at("/request/method"))
                                .putObject("quantization")
                                .put("bits", 1)
                                .put("groupSize", 0));

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(
                        new Finding(
                                "l.q",
                                "expected at most 2 different weights a group,"
                                        + " found 2 groups with more"));
    }

    @Test
    void aFormatThatTheFolderHasNotIsNamed() throws IOException {
        // Given
        write("opt", Dtype.F32, List.of(ROWS, COLS), PRUNED, 6, null);
        edit(
                report ->
                        ((ObjectNode) report.path("request"))
                                .putObject("output")
                                .put("format", "sparse-bitmask"));

        // When, Then
        assertThat(FolderVerifier.verify(folder).findings())
                .containsExactly(
                        new Finding("config.json", "expected format sparse-bitmask, found dense"));
    }

    private void edit(java.util.function.Consumer<ObjectNode> change) throws IOException {
        Path report = folder.resolve(Report.NAME);
        ObjectNode tree = (ObjectNode) new JsonMapper().readTree(report.toFile());
        change.accept(tree);
        Files.writeString(report, tree.toString());
    }

    @Test
    void aFolderWithoutReportIsRefused() {
        // When, Then
        assertThatThrownBy(() -> FolderVerifier.verify(folder))
                .isInstanceOf(VerificationException.class)
                .hasMessageContaining("expected sparsemesh-report.json, found none");
    }

    private void write(
            String type,
            Dtype dtype,
            List<Long> shape,
            float[] values,
            long zeros,
            String pattern,
            String... missing)
            throws IOException {
        Path config =
                Files.writeString(
                        folder.resolve("config.json"), "{\"model_type\":\"" + type + "\"}");
        Path weights = folder.resolve("model.safetensors");
        SafetensorsWriter.write(
                weights,
                List.of(
                        TensorSource.ofF32(
                                "l.q.weight", dtype, shape, MemorySegment.ofArray(values))),
                Map.of());
        ObjectNode report = new JsonMapper().createObjectNode();
        ObjectNode method = report.putObject("request").putObject("method");
        method.put("pattern", pattern);
        report.putArray("layers")
                .addObject()
                .put("name", "l.q")
                .put("rows", ROWS)
                .put("cols", COLS)
                .put("zeros", zeros);
        List<FileDigest> files =
                new ArrayList<>(List.of(FileDigest.of(config), FileDigest.of(weights)));
        for (String name : missing) {
            files.add(new FileDigest(name, 1, "0".repeat(64)));
        }
        report.put("sha256", FileDigest.overall(files));
        report.put("sparsity", zeros / 12.0);
        report.set("files", new JsonMapper().valueToTree(files));
        Files.writeString(folder.resolve(Report.NAME), report.toString());
    }
}
