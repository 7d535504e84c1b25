package io.sparsemesh.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// A folder as `deploy/gpu/check` leaves it; the test report is one of JUnit's console, shortened.
class ReportCommandTest {

    private static final String SOLVER =
            """
            {"bench":"solver","rows":64,"cols":96,"pattern":"0.5","gram_s":0.25,"factor_s":0.125,"prune_s":0.5}
            """;

    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void recordACheck() throws IOException {
        write("machine.txt", "gpu=A GPU, 80 GB\ncuda_libs=/a:/b\n");
        write("steps.tsv", "tests\tok\t12.5\nsolver-64x96-0.5\tok\t3.0\n");
        write("solver-64x96-0.5.log", "a warning\n" + SOLVER + "{cut off");
        report("TEST-good.xml");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private void report(String name) throws IOException {
        Path tests = Files.createDirectories(folder.resolve("tests"));
        try (InputStream report = getClass().getResourceAsStream("/report/" + name)) {
            Files.write(tests.resolve(name), report.readAllBytes());
        }
    }

    private int run() {
        return new CommandLine(new ReportCommand())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(folder.toString());
    }

    private JsonNode results() throws IOException {
        return new ObjectMapper().readTree(folder.resolve("results.json").toFile());
    }

    @Test
    void goodCheckIsSaidToBeGood() throws IOException {
        assertThat(run()).isZero();

        assertThat(out.toString().lines())
                .contains("step              result  seconds")
                .contains("solver-64x96-0.5      ok      3.0")
                .contains("64x96      0.5  0.2500    0.1250   0.5000                 -      -")
                .contains("tests: 1 tests, 0 failed, 1 skipped")
                .contains("  1 skipped: no golden data")
                .endsWith("good");
        assertThat(results().path("good").asBoolean()).isTrue();
        assertThat(results().at("/machine/gpu").asText()).isEqualTo("A GPU, 80 GB");
        assertThat(results().at("/steps/1/lines/0/prune_s").asDouble()).isEqualTo(0.5);
    }

    @Test
    void ratioIsTheOtherProgramsTimeOverTheEngines() throws IOException {
        write(
                "steps.tsv",
                "solver-64x96-0.5\tok\t3.0\nblock\tok\t4.0\nbaseline-solver-64x96-0.5\tok\t9.0\nbaseline-block\tok\t9.0\n");
        write("baseline-solver-64x96-0.5.log", SOLVER.replace("0.5}", "4}"));
        String block = "{\"bench\":\"block\",\"hidden\":8,\"ffn\":32,\"prune_block_s\":%s}";
        write("block.log", block.formatted("2"));
        write("baseline-block.log", block.formatted("3"));

        assertThat(run()).isZero();

        assertThat(out.toString()).contains("4.0000    8.0\n").contains("3.0000    1.5\n");
        assertThat(results().at("/benchmarks/0/prune_times_faster").asDouble()).isEqualTo(8);
        assertThat(results().at("/benchmarks/0/baseline/prune_s").asDouble()).isEqualTo(4);
        assertThat(results().at("/benchmarks/1/size").asText()).isEqualTo("block 8/32");
    }

    @Test
    void bothWaysOfAShardAreTold() throws IOException {
        write("steps.tsv", "shard\tok\t4.0\n");
        write(
                "shard.log",
                "{\"bench\":\"shard\",\"hidden\":8,\"ffn\":32,\"samples\":2,\"length\":16,"
                        + "\"load_s\":0.25,\"forward_s\":0.5,\"after_all_s\":0.75,\"by_batches_s\":0.625}");

        assertThat(run()).isZero();

        assertThat(out.toString())
                .contains(
                        "shard 8/32 of 2 x 16 tokens: load 0.250 s, forward 0.500 s, one after the other 0.750 s, by batches 0.625 s\n");
    }

    @Test
    void failedTestIsNamedWithItsReason() throws IOException {
        report("TEST-bad.xml");

        assertThat(run()).isEqualTo(1);

        assertThat(out.toString())
                .contains("tests: 3 tests, 2 failed, 1 skipped")
                .contains(
                        "failed: CudaPruningOpsTest.dropFollowsItsFormula [2] rows = \"17\": not yet")
                .contains("failed: CudaGoldenSolverTest.cases: java.lang.IllegalStateException")
                .contains("NOT GOOD");
        assertThat(results().path("good").asBoolean()).isFalse();
        assertThat(results().at("/tests/failures")).hasSize(2);
    }

    @Test
    void firstOfManyFailedTestsAreShown() throws IOException {
        for (int i = 0; i < 11; i++) {
            report("TEST-bad.xml");
            Path tests = folder.resolve("tests");
            Files.move(tests.resolve("TEST-bad.xml"), tests.resolve("TEST-%d.xml".formatted(i)));
        }

        assertThat(run()).isEqualTo(1);

        assertThat(out.toString().lines().filter(line -> line.startsWith("  failed: ")))
                .hasSize(20);
        assertThat(out.toString()).contains("22 failed").contains("  and 2 more: see results.json");
        assertThat(results().at("/tests/failures")).hasSize(22);
    }

    @Test
    void stepThatFailedOrTookTooLongIsNotGood() throws IOException {
        write("steps.tsv", "block\tok\t1\nsolver-64x96-0.5\ttimed out\t600.0\n");

        assertThat(run()).isEqualTo(1);

        assertThat(out.toString())
                .contains("timed out    600.0")
                .contains("NOT GOOD")
                .doesNotContain("tests:");
    }

    @Test
    void stepsThatWereLeftOutAreNamedAndNoFailure() throws IOException {
        write("steps.tsv", "tests\tok\t1\nblock\tleft out\t0\nbaseline-block\tleft out\t0\n");

        assertThat(run()).isZero();

        assertThat(out.toString()).contains("left out: block, baseline-block");
    }

    @Test
    void testsOfWhichNoneRanAreNotGood() throws IOException {
        Files.delete(folder.resolve("tests/TEST-good.xml"));

        assertThat(run()).isEqualTo(1);

        assertThat(out.toString()).contains("tests: 0 tests").contains("NOT GOOD");
    }

    @Test
    void folderWithNothingThatRanIsNotGood() throws IOException {
        write("steps.tsv", "");

        assertThat(run()).isEqualTo(1);
    }

    @Test
    void lineThatIsNoStepIsNamedWithItsFile() throws IOException {
        write("steps.tsv", "tests ok\n");

        assertThat(run()).isEqualTo(1);

        assertThat(err.toString())
                .contains("steps.tsv: expected name, result and seconds, found 'tests ok'");
    }
}
