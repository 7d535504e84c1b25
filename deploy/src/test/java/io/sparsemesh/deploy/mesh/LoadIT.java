package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.deploy.client.Gateway;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The short form of `deploy/load`: what is lost, done twice or out of turn, and no times.
@Timeout(300)
class LoadIT {

    /// A job has ten tasks in three steps, each of which may meet every worker with a task of the
    /// flood.
    private static final double MOST_OF_THE_FLOOD_MEANWHILE = 2.5 * LoadJobs.TASKS;

    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir Path home;
    private LoadMesh load;

    @BeforeEach
    void start() throws IOException {
        load = LoadMesh.start(home);
    }

    @AfterEach
    void stop() {
        load.close();
    }

    @Test
    void everyJobOfManyEndsAndEachTaskCountsOnceWhileUsersAsk() throws Exception {
        SubmitLoad.Report submitted = new SubmitLoad(load, 20, Duration.ofSeconds(3)).run();
        assertThat(submitted.correct()).as("%s%s", submitted, load.mesh.logTails()).isTrue();
        int before = submitted.accepted() + 1;

        QueueLoad.Plan plan = new QueueLoad.Plan(40, 3, Duration.ofSeconds(1), LIMIT);
        QueueLoad.Report report = new QueueLoad(load, plan, before).run();

        System.out.println("queue " + Gateway.JSON.writeValueAsString(report));
        assertThat(report.correct()).as("%s%s", report, load.mesh.logTails()).isTrue();
        assertThat(report.books()).containsAllEntriesOf(Map.of("gateway_outbox", 0L));
        requireProbe();
    }

    @Test
    void aFloodLeavesAnotherTenantItsTurns() throws Exception {
        FloodLoad.Plan plan = new FloodLoad.Plan(2, Duration.ofMillis(150), 40, 3);
        FloodLoad.Report report = new FloodLoad(load, plan).run();

        System.out.println("flood " + Gateway.JSON.writeValueAsString(report));
        assertThat(report.floodsTasksLeft()).as("%s", report).isPositive();
        assertThat(report.floodsTasksMeanwhile().p50())
                .as("%s", report)
                .isLessThanOrEqualTo(MOST_OF_THE_FLOOD_MEANWHILE);
    }

    @Test
    void runningTasksSurviveTheSchedulerAndThoseOfDeadWorkersAreReaped() throws Exception {
        RecoveryLoad.Report report = new RecoveryLoad(load, 80).run();

        System.out.println("recovery " + Gateway.JSON.writeValueAsString(report));
        assertThat(report.correct()).as("%s%s", report, load.mesh.logTails()).isTrue();
        assertThat(report.diedMeanwhile()).isEqualTo(4);
    }

    /// What a soak looks at, every process and table.
    private void requireProbe() throws Exception {
        Map<String, Double> sample = new SoakProbe(load.mesh, home).measure();

        assertThat(sample)
                .containsKeys(
                        "gateway live heap MiB",
                        "scheduler memory MiB",
                        "kafka threads",
                        "postgres open files",
                        "scheduler.task dead rows",
                        "gateway.inbox KiB",
                        "topics KiB");
        assertThat(sample.get("scheduler live heap MiB")).isBetween(1.0, 512.0);
        assertThat(sample.get("postgres processes")).isGreaterThan(2);
    }
}
