package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sparsemesh.deploy.bench.NoOpHandler;
import io.sparsemesh.deploy.bench.Quantiles;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// One tenant's small jobs, alone and then beside another tenant who has submitted more than the
/// workers can do.
final class FloodLoad {

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final LoadMesh load;
    private final Plan plan;

    /// @param task how long each task takes
    /// @param flood jobs of the other tenant
    /// @param probes jobs to measure, alone and again beside the flood, one after the other
    record Plan(int workers, Duration task, int flood, int probes) {}

    /// @param ratio of the medians
    /// @param floodsTasksMeanwhile tasks of the other tenant that were done while a measured job,
    ///     which has ten, was
    /// @param floodsTasksLeft tasks of the other tenant at the end
    record Report(
            int workers,
            @JsonProperty("task_ms") long taskMillis,
            @JsonProperty("flood_jobs") int floodJobs,
            @JsonProperty("alone_ms") Quantiles alone,
            @JsonProperty("beside_ms") Quantiles beside,
            double ratio,
            @JsonProperty("floods_tasks_meanwhile") Quantiles floodsTasksMeanwhile,
            @JsonProperty("floods_tasks_left") long floodsTasksLeft) {}

    private record Probe(double millis, long floodsTasks) {}

    FloodLoad(LoadMesh load, Plan plan) {
        this.load = load;
        this.plan = plan;
    }

    Report run() throws Exception {
        Gateway flooding = load.as("flooding");
        Gateway small = load.as("small");
        try (IdleWorkers workers = new IdleWorkers(load.mesh, plan.workers(), plan.task())) {
            load.awaitSuccess(small, load.submit(small, "warm-up-" + plan.workers()), LIMIT);
            List<Probe> alone = probe(small, workers, List.of(), "alone-" + plan.workers() + "-");
            List<String> flood = load.submit(flooding, "flood-" + plan.workers(), plan.flood());
            List<Probe> beside = probe(small, workers, flood, "beside-" + plan.workers() + "-");
            long left = (long) flood.size() * LoadJobs.TASKS - workers.runs(flood).size();
            cancel(flooding, flood);
            return report(alone, beside, left);
        }
    }

    /// Leaves nothing to do; what ended meanwhile cannot be cancelled.
    private void cancel(Gateway flooding, List<String> flood) throws Exception {
        for (String id : flood) {
            if (flooding.job(id).path("finishedAt").isNull()) {
                try {
                    flooding.cancel(id);
                } catch (ProblemException ended) {
                    continue;
                }
            }
        }
        load.database.await(
                0, LIMIT, "select count(*) from scheduler.job where next_check is not null");
    }

    private List<Probe> probe(Gateway small, IdleWorkers workers, List<String> flood, String name) {
        List<Probe> probes = new ArrayList<>();
        for (int i = 0; i < plan.probes(); i++) {
            long begin = System.nanoTime();
            String id = load.submit(small, name + i);
            load.awaitSuccess(small, id, LIMIT);
            long nanos = System.nanoTime() - begin;
            long last =
                    workers.runs(List.of(id)).stream()
                            .mapToLong(NoOpHandler.Run::nanos)
                            .max()
                            .orElseThrow();
            long others =
                    workers.runs(flood).stream()
                            .filter(run -> run.nanos() > begin && run.nanos() <= last)
                            .count();
            probes.add(new Probe(nanos / (double) TimeUnit.MILLISECONDS.toNanos(1), others));
        }
        return probes;
    }

    private Report report(List<Probe> alone, List<Probe> beside, long left) {
        Quantiles before = Quantiles.of(alone.stream().map(Probe::millis).toList());
        Quantiles after = Quantiles.of(beside.stream().map(Probe::millis).toList());
        return new Report(
                plan.workers(),
                plan.task().toMillis(),
                plan.flood(),
                before,
                after,
                Math.round(100 * after.p50() / before.p50()) / 100.0,
                Quantiles.of(beside.stream().map(p -> (double) p.floodsTasks()).toList()),
                left);
    }
}
