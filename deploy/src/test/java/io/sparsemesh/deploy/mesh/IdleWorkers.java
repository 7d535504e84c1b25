package io.sparsemesh.deploy.mesh;

import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.task.LayerTask;
import io.sparsemesh.contracts.task.TaskOutput;
import io.sparsemesh.deploy.bench.NoOpHandler;
import io.sparsemesh.taskqueue.FailureTable;
import io.sparsemesh.taskqueue.TaskContext;
import io.sparsemesh.taskqueue.TaskObserver;
import io.sparsemesh.taskqueue.TaskWorker;
import io.sparsemesh.taskqueue.WorkerProfile;
import io.sparsemesh.taskqueue.WorkerSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Workers in this process, the services' own but for the work: each task takes a while, and
/// nothing is done.
final class IdleWorkers implements AutoCloseable {

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    private final NoOpHandler handler = new NoOpHandler();
    private final Duration task;
    private final List<TaskWorker> workers;

    /// @param task how long each takes
    IdleWorkers(TestMesh mesh, int count, Duration task) {
        this.task = task;
        WorkerSettings settings =
                WorkerSettings.layerWorker(mesh.kafka.bootstrapServers(), HEARTBEAT, HEARTBEAT);
        this.workers = IntStream.rangeClosed(1, count).mapToObj(i -> worker(settings, i)).toList();
        workers.forEach(TaskWorker::start);
    }

    private TaskWorker worker(WorkerSettings settings, int number) {
        return new TaskWorker(
                settings,
                WorkerProfile.ofProcess("idle-" + number, "layer-worker", "test", "none"),
                this::run,
                new FailureTable(),
                TaskObserver.NONE);
    }

    private TaskOutput run(LayerTask work, TaskContext context) throws InterruptedException {
        Thread.sleep(task);
        return handler.run(work, context);
    }

    /// All tasks that were done.
    Collection<NoOpHandler.Run> runs() {
        return handler.runs();
    }

    /// Those of some jobs.
    List<NoOpHandler.Run> runs(Collection<String> jobs) {
        Set<JobId> wanted = jobs.stream().map(JobId::new).collect(Collectors.toSet());
        return handler.runs().stream().filter(run -> wanted.contains(run.job())).toList();
    }

    @Override
    public void close() {
        List<Thread> closing =
                workers.stream().map(worker -> Thread.ofVirtual().start(worker::close)).toList();
        for (Thread one : closing) {
            try {
                one.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
