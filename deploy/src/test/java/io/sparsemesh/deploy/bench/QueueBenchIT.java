package io.sparsemesh.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.PartialMesh;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The short form of `./sparsemesh bench queue`: docs/performance.md has the long one's numbers.
final class QueueBenchIT {

    /// A third of the target of 150: this machine may build other things meanwhile.
    private static final double LEAST_TASKS_PER_SECOND = 50;

    @TempDir Path folder;

    @Test
    void everyTaskRunsAndCountsOnceAndNoneWaitsForAClock() throws Exception {
        // Given
        Installation installation = new Installation(Path.of("..").toAbsolutePath().normalize());
        QueueBench.Options options =
                new QueueBench.Options(700, 20, 4, false, Duration.ofSeconds(120));
        try (PartialMesh mesh = PartialMesh.start(installation, "scheduler", folder, false);
                QueueBench bench = new QueueBench(mesh, options)) {

            // When
            QueueReport report = bench.run();

            // Then
            System.out.println(Gateway.JSON.writeValueAsString(report));
            assertThat(report.correct()).as("%s", report).isTrue();
            assertThat(report.tasks()).isEqualTo(726);
            assertThat(report.tasksPerSecond()).isGreaterThan(LEAST_TASKS_PER_SECOND);
            assertThat(report.hopMillis().count()).isEqualTo(41);
            assertThat(report.hopMillis().p50()).isLessThan(100);
        }
    }
}
