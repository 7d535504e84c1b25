package io.sparsemesh.deploy.mesh;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sparsemesh.deploy.bench.Quantiles;
import io.sparsemesh.deploy.client.Gateway;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// Many jobs that wait, and then workers that do nothing: users are answered meanwhile, every job
/// ends, and each task counts once.
final class QueueLoad {

    private static final String TENANT = "queue";
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int SUBMIT_EVERY = 10;

    private final LoadMesh load;
    private final Plan plan;
    private final int before;

    /// @param jobs of ten tasks each
    /// @param quiet how long users ask while all jobs wait
    /// @param limit for all jobs to end
    record Plan(int jobs, int workers, Duration quiet, Duration limit) {}

    /// @param jobs all of the mesh, those that users submitted meanwhile too
    /// @param plannedSeconds from the first submission until the scheduler had planned all
    /// @param tasksPerSecond from the first worker's start to the last job's end
    /// @param ranTwice tasks that a worker got more than once
    record Report(
            int jobs,
            int tasks,
            @JsonProperty("submitted_s") double submittedSeconds,
            @JsonProperty("planned_s") double plannedSeconds,
            @JsonProperty("tasks_per_s") double tasksPerSecond,
            @JsonProperty("waiting_ms") Map<String, Quantiles> waiting,
            @JsonProperty("working_ms") Map<String, Quantiles> working,
            @JsonProperty("ran_twice") long ranTwice,
            Map<String, Long> books,
            List<String> errors,
            boolean correct) {}

    /// @param before jobs that wait already
    QueueLoad(LoadMesh load, Plan plan, int before) {
        this.load = load;
        this.plan = plan;
        this.before = before;
    }

    Report run() throws Exception {
        Gateway users = load.as(TENANT);
        Instant begin = Instant.now();
        List<String> ids = load.submit(users, "queued", plan.jobs());
        double submitted = secondsSince(begin);
        load.database.await(
                before + plan.jobs(),
                plan.limit(),
                "select count(*) from scheduler.job where state = 'QUEUED'");
        double planned = secondsSince(begin);
        AtomicInteger more = new AtomicInteger();
        Latencies waiting = new Latencies();
        Latencies working = new Latencies();
        Instant end = Instant.now().plus(plan.quiet());
        for (int i = 1; Instant.now().isBefore(end); i++) {
            ask(users, ids, waiting, more, i);
        }
        begin = Instant.now();
        try (IdleWorkers workers = new IdleWorkers(load.mesh, plan.workers(), Duration.ZERO)) {
            String open = "select count(*) from scheduler.job where next_check is not null";
            for (int i = 1; load.database.count(open) > 0; i++) {
                if (secondsSince(begin) > plan.limit().toSeconds()) {
                    throw new AssertionError(load.database.count(open) + " jobs have not ended");
                }
                ask(users, ids, working, more, i);
            }
            double worked = secondsSince(begin);
            Accounts books = Accounts.settle(load, before + plan.jobs() + more.get(), plan.limit());
            return report(submitted, planned, worked, waiting, working, workers, books);
        }
    }

    /// What users do: look at the list and at a job, and submit now and then.
    private void ask(
            Gateway users, List<String> ids, Latencies latencies, AtomicInteger more, int round)
            throws InterruptedException {
        String id = ids.get(new Random(round).nextInt(ids.size()));
        latencies.time("list", () -> users.jobs(Map.of(), 50));
        latencies.time("job", () -> users.job(id));
        if (round % SUBMIT_EVERY == 0) {
            latencies.time("submit", () -> load.submit(users, "more-" + more.incrementAndGet()));
        }
        Thread.sleep(PAUSE);
    }

    private Report report(
            double submitted,
            double planned,
            double worked,
            Latencies waiting,
            Latencies working,
            IdleWorkers workers,
            Accounts books) {
        int tasks = (int) (long) books.expected().get("tasks");
        long distinct =
                workers.runs().stream().map(run -> run.job() + "/" + run.task()).distinct().count();
        long twice = workers.runs().size() - distinct;
        List<String> errors = new ArrayList<>(waiting.errors());
        errors.addAll(working.errors());
        return new Report(
                tasks / LoadJobs.TASKS,
                tasks,
                submitted,
                planned,
                Math.round(10 * tasks / worked) / 10.0,
                waiting.quantiles(),
                working.quantiles(),
                twice,
                books.found(),
                errors,
                books.areCorrect() && distinct == tasks && twice == 0 && errors.isEmpty());
    }

    private static double secondsSince(Instant begin) {
        return Duration.between(begin, Instant.now()).toMillis() / 1000.0;
    }
}
