package io.sparsemesh.deploy.mesh;

import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// What scheduler and gateway have in their books when all jobs have ended: each job once, each
/// task's result once, and nothing left to do or to tell.
///
/// @param found counts by what they are of
/// @param expected the same, as it should be
record Accounts(Map<String, Long> found, Map<String, Long> expected) {

    private static final String COUNTED =
            "from gateway.event where type = 'task.changed' and data ->> 'state' = 'SUCCEEDED'";

    private record Line(String name, long expected, String sql) {}

    /// Waits until scheduler and gateway see all jobs succeeded, then looks at everything.
    ///
    /// @param jobs all [LoadJobs#small] jobs of the mesh
    static Accounts settle(LoadMesh load, long jobs, Duration limit)
            throws SQLException, InterruptedException {
        load.database.await(
                jobs, limit, "select count(*) from scheduler.job where state = 'SUCCEEDED'");
        load.database.await(
                jobs, limit, "select count(*) from gateway.job where state = 'SUCCEEDED'");
        load.database.await(0, limit, "select count(*) from scheduler.outbox");
        Map<String, Long> found = new LinkedHashMap<>();
        Map<String, Long> expected = new LinkedHashMap<>();
        for (Line line : lines(jobs)) {
            found.put(line.name(), load.database.count(line.sql()));
            expected.put(line.name(), line.expected());
        }
        return new Accounts(found, expected);
    }

    private static Line[] lines(long jobs) {
        long tasks = jobs * LoadJobs.TASKS;
        return new Line[] {
            new Line("jobs", jobs, "select count(*) from scheduler.job"),
            new Line("tasks", tasks, "select count(*) from scheduler.task"),
            new Line(
                    "tasks_succeeded",
                    tasks,
                    "select count(*) from scheduler.task where status = 'SUCCEEDED'"),
            new Line("results_counted", tasks, "select count(*) " + COUNTED),
            new Line(
                    "tasks_counted",
                    tasks,
                    "select count(distinct (job_id, data ->> 'task')) " + COUNTED),
            new Line(
                    "layers",
                    jobs * LoadJobs.LAYERS,
                    "select count(*) from gateway.layer where state = 'SUCCEEDED'"),
            new Line("gateway_outbox", 0, "select count(*) from gateway.outbox"),
        };
    }

    boolean areCorrect() {
        return found.equals(expected);
    }
}
