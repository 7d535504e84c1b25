package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.PartialMesh;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/// The short form of `deploy/scaling`: docs/scaling.md has the long one's numbers.
final class ScalingIT {

    private static final int BLOCKS = 8;
    private static final double SPEED = 5;
    private static final int WORKERS = 4;

    /// Two workers that sleep for their tasks' times cannot do a job in less than half of its work,
    /// however fast the rest: a scheduler that leaves two of four idle fails. The law says 0.25 for
    /// four and dense propagation; what is between is for a machine that has other things to do.
    private static final double LESS_THAN_TWO_NEED = 0.5;

    @TempDir Path folder;

    @Test
    void fourWorkersWorkAtOnceAndAreFasterThanOneCouldBe() throws Exception {
        // Given
        Installation installation = new Installation(Path.of("..").toAbsolutePath().normalize());
        ScalingBench.Options options =
                new ScalingBench.Options(List.of(WORKERS), BLOCKS, SPEED, Duration.ofSeconds(120));
        double work = ScalingBench.law("dense", BLOCKS, 1, SPEED);
        try (PartialMesh mesh = PartialMesh.start(installation, "scheduler", folder, false);
                ScalingBench bench = new ScalingBench(mesh, options, System.out::println)) {

            // When
            ScalingReport report = bench.run();

            // Then
            System.out.println(Gateway.JSON.writeValueAsString(report));
            assertThat(report.correct()).as("%s", report).isTrue();
            assertThat(report.runs()).extracting(ScalingReport.Row::atOnce).containsOnly(WORKERS);
            ScalingReport.Row dense = report.runs().getLast();
            assertThat(dense.propagation()).isEqualTo("dense");
            assertThat(dense.seconds()).as("%s", dense).isLessThan(LESS_THAN_TWO_NEED * work);
            requireReadable(ScalingPlot.svg(report));
        }
    }

    private static void requireReadable(String svg) throws Exception {
        var root =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(svg)))
                        .getDocumentElement();
        assertThat(root.getElementsByTagName("circle").getLength()).as("marks").isEqualTo(2);
        assertThat(root.getTextContent()).contains("dense", "sequential", "workers");
    }
}
