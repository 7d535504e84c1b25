package io.sparsemesh.scheduler.removal;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.artifacts.ArtifactException;
import io.sparsemesh.artifacts.ArtifactStore;
import io.sparsemesh.artifacts.DirectoryArtifactStore;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.TaskId;
import io.sparsemesh.contracts.artifact.ArtifactKeys;
import io.sparsemesh.contracts.task.Lease;
import io.sparsemesh.embedded.LocalInfra;
import io.sparsemesh.embedded.ScratchDatabase;
import io.sparsemesh.scheduler.SchedulerSettings;
import io.sparsemesh.scheduler.core.Command;
import io.sparsemesh.scheduler.database.Database;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/// What is noted is removed, and nothing else, also when the store was away.
class RemoverTest {

    private static final JobId JOB = new JobId("job");
    private static final TaskId TASK = new TaskId("calibrate-b000-s00");

    @TempDir Path folder;
    private final LocalInfra infra = LocalInfra.shared().startBoth();
    private Removals removals;
    private ScratchDatabase scratch;
    private Database database;
    private ArtifactStore store;
    private Predicate<String> away = _ -> false;

    @BeforeEach
    void open() throws Exception {
        scratch = ScratchDatabase.of(infra);
        Flyway.configure()
                .dataSource(scratch.jdbcUrl(), infra.user(), infra.password())
                .schemas("scheduler")
                .load()
                .migrate();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(scratch.jdbcUrl());
        source.setUser(infra.user());
        source.setPassword(infra.password());
        database = new Database(source);
        store = new DirectoryArtifactStore(folder);
        removals = removals(Duration.ofHours(1));
    }

    private static Removals removals(Duration sweepAfter) {
        return new Removals(
                (SchedulerSettings)
                        Proxy.newProxyInstance(
                                RemoverTest.class.getClassLoader(),
                                new Class<?>[] {SchedulerSettings.class},
                                (_, method, _) -> {
                                    assertThat(method.getName()).isEqualTo("sweepAfter");
                                    return sweepAfter;
                                }));
    }

    @AfterEach
    void close() throws Exception {
        scratch.close();
    }

    private Remover remover() {
        ArtifactStore mayBeAway =
                (ArtifactStore)
                        Proxy.newProxyInstance(
                                getClass().getClassLoader(),
                                new Class<?>[] {ArtifactStore.class},
                                (_, method, arguments) -> {
                                    if (away.test((String) arguments[0])) {
                                        throw new ArtifactException("jobs", "a store", "none");
                                    }
                                    try {
                                        return method.invoke(store, arguments);
                                    } catch (InvocationTargetException e) {
                                        throw e.getCause();
                                    }
                                });
        return new Remover(database, removals, mayBeAway);
    }

    private String stored(JobId job, TaskId task, int attempt, int delivery) {
        String key = ArtifactKeys.output(new Lease(job, task, attempt, delivery, "w"), "hidden");
        store.put(key, new byte[] {1});
        return key;
    }

    private void note(Command... commands) {
        database.transaction(
                transaction -> {
                    removals.add(transaction, List.of(commands));
                    return null;
                });
    }

    /// Those that are to be done soon, not those that are there to be done once more.
    private long noted() {
        return count("where due < now() + interval '1 minute'");
    }

    private long count(String where) {
        return database.list(
                        "select count(*) from scheduler.removal " + where, row -> row.getLong(1))
                .getFirst();
    }

    @Test
    void attemptsUpToTheOneThatCountedGo() {
        stored(JOB, TASK, 1, 1);
        stored(JOB, TASK, 2, 1);
        stored(JOB, TASK, 2, 2);
        String later = stored(JOB, TASK, 3, 1);
        String tenth = stored(JOB, TASK, 10, 1);
        String other = stored(JOB, new TaskId(TASK + "0"), 1, 1);
        String manifest =
                store.put(ArtifactKeys.manifest(JOB, TASK.value(), 1), new byte[] {1}).key();
        note(new Command.DeleteOutputs(JOB, TASK, 2), new Command.Abandon(JOB));

        remover().drain();

        assertThat(store.list("jobs")).containsExactlyInAnyOrder(later, tenth, other, manifest);
        assertThat(noted()).isZero();
    }

    @Test
    void ofAJobThatIsDoneEverythingGoes() {
        stored(JOB, TASK, 1, 1);
        store.put(ArtifactKeys.manifest(JOB, "assemble", 1), new byte[] {1});
        String other = stored(new JobId("job2"), TASK, 1, 1);
        note(new Command.DeleteArtifacts(JOB), new Command.DeleteArtifacts(JOB));

        remover().drain();

        assertThat(store.list("jobs")).containsExactly(other);
        assertThat(noted()).isZero();
    }

    /// A worker whose lease was given to another goes on, writes, and dies before it reports.
    @Test
    void whatIsWrittenAfterAJobIsDoneGoesLater() throws Exception {
        removals = removals(Duration.ofSeconds(1));
        stored(JOB, TASK, 2, 1);
        note(new Command.DeleteArtifacts(JOB));
        remover().drain();
        assertThat(store.list("jobs")).isEmpty();
        String late = stored(JOB, TASK, 1, 1);
        remover().drain();
        assertThat(store.list("jobs")).as("not yet").containsExactly(late);

        Thread.sleep(1100);
        remover().drain();

        assertThat(store.list("jobs")).isEmpty();
        assertThat(count("")).as("once more, not for ever").isZero();
    }

    @Test
    void whatFailsIsTriedAgainLater() throws Exception {
        String key = stored(JOB, TASK, 1, 1);
        note(new Command.DeleteArtifacts(JOB));
        away = _ -> true;
        remover().drain();
        assertThat(store.list("jobs")).containsExactly(key);
        assertThat(noted()).isOne();

        away = _ -> false;
        remover().drain();
        assertThat(noted()).as("not at once").isOne();

        scratch.execute("update scheduler.removal set due = now()");
        remover().drain();
        assertThat(store.list("jobs")).isEmpty();
        assertThat(count("")).isZero();
    }

    @Test
    void whatAlwaysFailsHoldsUpNothing() {
        for (int i = 0; i < 5; i++) {
            JobId job = new JobId("job-" + i);
            stored(job, TASK, 1, 1);
            note(new Command.DeleteArtifacts(job));
        }
        away = prefix -> prefix.equals(ArtifactKeys.jobPrefix(new JobId("job-1")));

        remover().drain();
        remover().drain();

        assertThat(store.list("jobs")).hasSize(1).allMatch(key -> key.startsWith("jobs/job-1/"));
        assertThat(noted()).isOne();
    }

    @Test
    void moreThanABatchGoesInOneGo() {
        for (int i = 0; i < 65; i++) {
            JobId job = new JobId("job-" + i);
            stored(job, TASK, 1, 1);
            note(new Command.DeleteArtifacts(job));
        }

        remover().drain();

        assertThat(store.list("jobs")).isEmpty();
        assertThat(noted()).isZero();
    }
}
