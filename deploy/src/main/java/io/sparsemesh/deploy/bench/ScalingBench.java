package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.job.Propagation;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.contracts.task.TaskKind;
import io.sparsemesh.deploy.mesh.PartialMesh;
import io.sparsemesh.taskqueue.FailureTable;
import io.sparsemesh.taskqueue.TaskObserver;
import io.sparsemesh.taskqueue.TaskWorker;
import io.sparsemesh.taskqueue.WorkerProfile;
import io.sparsemesh.taskqueue.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// How a job's time falls with the number of workers, with scheduler, Kafka and PostgreSQL as they
/// are and workers that sleep for as long as a GPU would work. One GPU was measured; that several
/// do not slow each other down, as they may where they share a store, is assumed.
public final class ScalingBench implements AutoCloseable {

    /// The queue's time between two tasks that wait for each other: docs/performance.md, "The
    /// queue".
    static final double HOP = 0.015;

    private static final int MOST_WARM_UPS = 20;
    private static final int WARM_UP_BLOCKS = 4;
    private static final double WARM_UP_SPEED = 40;

    private final Options options;
    private final GpuTimes times;
    private final ThrottledHandler handler;
    private final Submissions submissions;
    private final String bootstrap;
    private final Consumer<String> log;

    /// @param workers how many, one number after the other
    /// @param blocks of the model
    /// @param speed how many times as fast as the measured GPU workers are
    /// @param limit longest time of one job
    public record Options(List<Integer> workers, int blocks, double speed, Duration limit) {
        public Options {
            workers = List.copyOf(workers);
        }
    }

    /// @param mesh with the scheduler
    /// @param log gets a line when something begins
    public ScalingBench(PartialMesh mesh, Options options, Consumer<String> log) {
        this.options = options;
        this.times = GpuTimes.OPT_175B.faster(options.speed());
        this.handler = new ThrottledHandler(times);
        this.submissions = new Submissions(mesh);
        this.bootstrap = mesh.bootstrapServers();
        this.log = log;
    }

    /// The law for a GPU of this speed.
    public static double law(String propagation, int blocks, int workers, double speed) {
        return law(speed).seconds(propagation(propagation), blocks, workers);
    }

    private static ScalingLaw law(double speed) {
        return new ScalingLaw(GpuTimes.OPT_175B.faster(speed), GpuTimes.OPT_175B_SHARDS, HOP);
    }

    private static Propagation propagation(String name) {
        return Propagation.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /// Runs each job on each number of workers.
    ///
    /// @throws IllegalStateException if a process dies or a job does not end in time
    public ScalingReport run() {
        List<ScalingReport.Row> rows = new ArrayList<>();
        boolean correct = true;
        for (int workers : options.workers()) {
            List<TaskWorker> running = start(workers);
            try {
                warmUp(workers);
                for (String propagation : List.of("sequential", "dense")) {
                    JobSubmitted job = job(propagation + "-" + workers, propagation);
                    log.accept("%s propagation, workers: %d".formatted(propagation, workers));
                    double seconds = submissions.run(List.of(job), options.limit());
                    rows.add(row(propagation, workers, seconds, job));
                    correct &= isCorrect(job);
                }
            } finally {
                running.parallelStream().forEach(TaskWorker::close);
            }
        }
        return new ScalingReport(
                options.blocks(), GpuTimes.OPT_175B_SHARDS, options.speed(), rows, correct);
    }

    private JobSubmitted job(String id, String propagation) {
        return BenchJobs.opt175(id, options.blocks(), propagation(propagation));
    }

    private List<TaskWorker> start(int workers) {
        List<TaskWorker> started =
                IntStream.rangeClosed(1, workers)
                        .mapToObj(number -> newWorker("throttled-%d-%d".formatted(workers, number)))
                        .toList();
        started.forEach(TaskWorker::start);
        return started;
    }

    private TaskWorker newWorker(String name) {
        return new TaskWorker(
                WorkerSettings.layerWorker(bootstrap, Duration.ofSeconds(5), Duration.ofSeconds(5)),
                WorkerProfile.ofProcess(name, "layer-worker", "bench", "none"),
                handler,
                new FailureTable(),
                TaskObserver.NONE);
    }

    /// Until each worker has had a task.
    private void warmUp(int workers) {
        handler.times(times.faster(WARM_UP_SPEED / options.speed()));
        Set<String> known = new HashSet<>();
        for (int i = 1; known.size() < workers; i++) {
            if (i > MOST_WARM_UPS) {
                throw new IllegalStateException(
                        "expected %d workers to take tasks, found %s".formatted(workers, known));
            }
            JobSubmitted job =
                    BenchJobs.opt175(
                            "warm-up-%d-%d".formatted(workers, i),
                            WARM_UP_BLOCKS,
                            Propagation.DENSE);
            submissions.run(List.of(job), options.limit());
            known.addAll(
                    handler.runs(job.job()).stream()
                            .map(ThrottledHandler.Run::worker)
                            .collect(Collectors.toSet()));
        }
        handler.times(times);
    }

    private ScalingReport.Row row(
            String propagation, int workers, double seconds, JobSubmitted job) {
        TaskTimes tasks =
                new TaskTimes(
                        handler.runs(job.job()).stream()
                                .filter(
                                        run ->
                                                run.kind() == TaskKind.CALIBRATE
                                                        || run.kind() == TaskKind.SOLVE)
                                .toList());
        double law = law(propagation, options.blocks(), workers, options.speed());
        return new ScalingReport.Row(
                propagation,
                workers,
                rounded(seconds),
                rounded(law),
                rounded(seconds / law),
                rounded(options.blocks() * law(options.speed()).work() / seconds),
                tasks.atOnce(),
                rounded(tasks.busy(workers)),
                tasks.hopMillis());
    }

    private static double rounded(double value) {
        return Math.round(1000 * value) / 1000.0;
    }

    private boolean isCorrect(JobSubmitted job) {
        List<ThrottledHandler.Run> runs = handler.runs(job.job());
        long distinct = runs.stream().map(ThrottledHandler.Run::task).distinct().count();
        return runs.size() == BenchJobs.tasks(job)
                && distinct == runs.size()
                && submissions.countedOnce(List.of(job));
    }

    @Override
    public void close() {
        submissions.close();
    }
}
