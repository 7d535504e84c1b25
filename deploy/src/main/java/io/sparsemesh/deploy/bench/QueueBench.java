package io.sparsemesh.deploy.bench;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.message.JobSubmitted;
import io.sparsemesh.deploy.mesh.PartialMesh;
import io.sparsemesh.taskqueue.FailureTable;
import io.sparsemesh.taskqueue.TaskObserver;
import io.sparsemesh.taskqueue.TaskWorker;
import io.sparsemesh.taskqueue.WorkerProfile;
import io.sparsemesh.taskqueue.WorkerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/// How many tasks a second go through scheduler, Kafka and workers when the work is nothing. The
/// scheduler is the packaged service, the workers are the services' own [TaskWorker], all in this
/// process. One job is done first and not measured.
public final class QueueBench implements AutoCloseable {
    private final PartialMesh mesh;
    private final Options options;
    private final NoOpHandler handler = new NoOpHandler();
    private final List<TaskWorker> workers;
    private final Submissions submissions;

    /// @param tasks how many to measure at the least; whole jobs are submitted
    /// @param chain blocks of the job whose tasks follow each other, two tasks each
    /// @param workers workers that do nothing
    /// @param durable whether the database's commits survive the machine's crash
    /// @param limit longest time for the jobs of one phase
    public record Options(int tasks, int chain, int workers, boolean durable, Duration limit) {}

    /// @param mesh with the scheduler
    public QueueBench(PartialMesh mesh, Options options) {
        this.mesh = mesh;
        this.options = options;
        this.submissions = new Submissions(mesh);
        this.workers =
                IntStream.rangeClosed(1, options.workers()).mapToObj(this::newWorker).toList();
    }

    private TaskWorker newWorker(int number) {
        return new TaskWorker(
                WorkerSettings.layerWorker(
                        mesh.bootstrapServers(), Duration.ofSeconds(5), Duration.ofSeconds(5)),
                WorkerProfile.ofProcess("bench-" + number, "layer-worker", "bench", "none"),
                handler,
                new FailureTable(),
                TaskObserver.NONE);
    }

    /// Runs all phases.
    ///
    /// @throws IllegalStateException if a process dies or a job does not end in time
    public QueueReport run() {
        workers.forEach(TaskWorker::start);
        submissions.run(List.of(BenchJobs.wide("warm-up")), options.limit());
        List<JobSubmitted> wide = wideJobs();
        Map<String, Duration> before = processorTimes();
        double seconds = submissions.run(wide, options.limit());
        Map<String, Duration> after = processorTimes();
        JobSubmitted chain = BenchJobs.chain("chain", options.chain());
        submissions.run(List.of(chain), options.limit());
        int tasks = wide.stream().mapToInt(BenchJobs::tasks).sum();
        return new QueueReport(
                tasks,
                wide.size(),
                options.workers(),
                options.durable(),
                Math.round(1000 * seconds) / 1000.0,
                Math.round(10 * tasks / seconds) / 10.0,
                countedMillis(Submissions.ids(wide)),
                hopMillis(chain.job()),
                perTask(before, after, tasks),
                repetitions(),
                submissions.events().counted(Submissions.ids(wide)),
                isCorrect(wide) && isCorrect(List.of(chain)));
    }

    private List<JobSubmitted> wideJobs() {
        int each = BenchJobs.tasks(BenchJobs.wide("one"));
        int count = Math.max(1, (options.tasks() + each - 1) / each);
        return IntStream.rangeClosed(1, count).mapToObj(i -> BenchJobs.wide("wide-" + i)).toList();
    }

    private Map<String, Duration> processorTimes() {
        Map<String, Duration> times = new LinkedHashMap<>(mesh.processorTimes());
        times.put(
                "workers", ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO));
        return times;
    }

    private static Map<String, Double> perTask(
            Map<String, Duration> before, Map<String, Duration> after, int tasks) {
        Map<String, Double> each = new LinkedHashMap<>();
        after.forEach(
                (name, time) -> {
                    long millis = time.minus(before.get(name)).toMillis();
                    each.put(name, Math.round(100.0 * millis / tasks) / 100.0);
                });
        return each;
    }

    private Quantiles countedMillis(Set<JobId> jobs) {
        List<Double> times = new ArrayList<>();
        for (NoOpHandler.Run run : handler.runs()) {
            if (jobs.contains(run.job())) {
                submissions
                        .events()
                        .countedAt(run.job(), run.task().value())
                        .ifPresent(at -> times.add((double) (at - run.millis())));
            }
        }
        return Quantiles.of(times);
    }

    private Quantiles hopMillis(JobId chain) {
        List<Double> hops = new ArrayList<>();
        long before = 0;
        for (NoOpHandler.Run run : handler.runs()) {
            if (run.job().equals(chain)) {
                if (before != 0) {
                    hops.add((run.nanos() - before) / 1e6);
                }
                before = run.nanos();
            }
        }
        return Quantiles.of(hops);
    }

    private int repetitions() {
        Set<String> distinct = new HashSet<>();
        handler.runs().forEach(run -> distinct.add(run.job() + "/" + run.task()));
        return handler.runs().size() - distinct.size();
    }

    private boolean isCorrect(List<JobSubmitted> jobs) {
        int tasks = jobs.stream().mapToInt(BenchJobs::tasks).sum();
        Set<JobId> ids = Submissions.ids(jobs);
        long runs = handler.runs().stream().filter(r -> ids.contains(r.job())).count();
        return runs == tasks && repetitions() == 0 && submissions.countedOnce(jobs);
    }

    @Override
    public void close() {
        workers.forEach(TaskWorker::close);
        submissions.close();
    }
}
