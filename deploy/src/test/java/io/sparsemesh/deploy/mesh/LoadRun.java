package io.sparsemesh.deploy.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparsemesh.deploy.client.Gateway;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Loads of many jobs, one kind at a time, each on a mesh of its own. `deploy/load` runs them; the
/// name keeps them out of the build's tests, of which [LoadIT] is the short form.
class LoadRun {

    private static final Duration SOAK = Duration.ofSeconds(Long.getLong("load.seconds", 1800));

    @TempDir Path home;

    @Test
    void queue() throws Exception {
        int count = Integer.getInteger("load.jobs", 2000);
        try (LoadMesh load = LoadMesh.start(home)) {
            QueueLoad.Plan plan =
                    new QueueLoad.Plan(count, 4, Duration.ofSeconds(20), Duration.ofMinutes(20));
            QueueLoad.Report report = new QueueLoad(load, plan, 0).run();
            print("queue", report);
            assertThat(report.correct()).as("%s", report).isTrue();
        }
    }

    @Test
    void submit() throws Exception {
        int seconds = Integer.getInteger("load.seconds", 60);
        try (LoadMesh load = LoadMesh.start(home)) {
            SubmitLoad.Report report = new SubmitLoad(load, 50, Duration.ofSeconds(seconds)).run();
            print("submit", report);
            assertThat(report.correct()).as("%s", report).isTrue();
        }
    }

    @Test
    void flood() throws Exception {
        try (LoadMesh load = LoadMesh.start(home)) {
            for (int workers : new int[] {1, 2, 8}) {
                Duration task = Duration.ofMillis(workers == 8 ? 1000 : 300);
                FloodLoad.Plan plan = new FloodLoad.Plan(workers, task, 100, 5);
                FloodLoad.Report report = new FloodLoad(load, plan).run();
                print("flood", report);
                assertThat(report.floodsTasksLeft()).as("%s", report).isPositive();
                assertThat(report.ratio()).as("%s", report).isLessThanOrEqualTo(2);
            }
        }
    }

    /// The aim is ten seconds from the start of the new process, its own start counted, on the
    /// machine that there is. A slow one may miss it: the report has both parts.
    @Test
    void recovery() throws Exception {
        try (LoadMesh load = LoadMesh.start(home)) {
            RecoveryLoad.Report report = new RecoveryLoad(load, 1000).run();
            print("recovery", report);
            assertThat(report.correct()).as("%s", report).isTrue();
            System.out.printf(
                    "recovery: ready after %.1f s, everything taken up %.1f s later, %.1f s in"
                            + " all%n",
                    report.ready(), report.takenUpAfterReady(), report.takenUpAfterStart());
            assertThat(report.takenUpAfterStart()).as("%s", report).isLessThan(10);
        }
    }

    private static void print(String name, Object report) throws JsonProcessingException {
        System.out.println(name + " " + Gateway.JSON.writeValueAsString(report));
    }

    @Test
    void soak() throws Exception {
        LoadJobs jobs = new LoadJobs(home);
        Map<String, String> settings = new HashMap<>(Soak.SETTINGS);
        Path temporary = Files.createDirectory(home.resolve("tmp"));
        settings.put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
        try (TestMesh mesh = TestMesh.start(home, 1, 1, List.of(), settings)) {
            Soak.Plan plan = new Soak.Plan(SOAK, Duration.ofMillis(1500), Duration.ofSeconds(30));
            Soak soak = new Soak(mesh, home, jobs, plan);
            soak.run();
            System.out.printf(
                    "soak: %d s, %d jobs%n%s", SOAK.toSeconds(), soak.jobsDone(), soak.table());
            assertThat(soak.faults()).as(mesh.logTails()).isEmpty();
        }
    }
}
