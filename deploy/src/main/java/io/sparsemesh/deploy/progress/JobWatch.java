package io.sparsemesh.deploy.progress;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.JobEvents;
import io.sparsemesh.deploy.client.ServerEvent;
import io.sparsemesh.deploy.client.UnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Watches jobs until they end: their event streams say that something happened, the job and
/// its layers are then read again, a few times a second at most.
public final class JobWatch {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration AT_MOST_EVERY = Duration.ofMillis(250);
    private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(5);

    private final Gateway gateway;
    private final Map<String, String> names;
    private final ProgressView view;
    private final Consumer<ServerEvent> events;

    /// @param names what to call each job, by id, in the order to show
    /// @param events receives every event of the jobs, from threads of their own
    public JobWatch(
            Gateway gateway,
            Map<String, String> names,
            ProgressView view,
            Consumer<ServerEvent> events) {
        this.gateway = gateway;
        this.names = new LinkedHashMap<>(names);
        this.view = view;
        this.events = events;
    }

    /// Returns the ended jobs, in order, as the gateway describes them.
    ///
    /// @throws UnreachableException if the gateway is gone for longer than a minute
    /// @throws io.sparsemesh.deploy.client.ProblemException if it does not know a job
    public List<JsonNode> untilEnd() {
        LinkedBlockingQueue<String> changed = new LinkedBlockingQueue<>(names.keySet());
        Map<String, JobView> views = new LinkedHashMap<>();
        try (var streams = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> ends = new ArrayList<>();
            for (String id : names.keySet()) {
                ends.add(CompletableFuture.runAsync(() -> follow(id, changed), streams));
            }
            CompletableFuture<Void> end =
                    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
            end.whenComplete((_, _) -> changed.addAll(names.keySet()));
            refreshUntil(end, changed, views, streams);
            end.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        return last(views);
    }

    private void refreshUntil(
            CompletableFuture<Void> end,
            LinkedBlockingQueue<String> changed,
            Map<String, JobView> views,
            ExecutorService streams) {
        try {
            while (!end.isDone()) {
                refresh(changed, views);
            }
        } catch (RuntimeException e) {
            streams.shutdownNow();
            throw e;
        }
    }

    private void follow(String id, LinkedBlockingQueue<String> changed) {
        new JobEvents(gateway, id, PATIENCE)
                .follow(
                        event -> {
                            events.accept(event);
                            changed.add(id);
                        });
        changed.add(id);
    }

    /// Waits for a change, then reads every job that changed once.
    private void refresh(LinkedBlockingQueue<String> changed, Map<String, JobView> views) {
        try {
            String first = changed.poll(AT_LEAST_EVERY.toMillis(), TimeUnit.MILLISECONDS);
            List<String> ids = new ArrayList<>();
            changed.drainTo(ids);
            if (first == null) {
                ids.addAll(names.keySet());
            } else {
                ids.add(first);
            }
            for (String id : ids.stream().distinct().toList()) {
                JobView known = views.get(id);
                if (known == null || !known.isTerminal()) {
                    views.put(id, read(id));
                }
            }
            show(views);
            Thread.sleep(AT_MOST_EVERY);
        } catch (UnreachableException gone) {
            pause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException(gateway.base(), e);
        }
    }

    private JobView read(String id) {
        JsonNode job = gateway.job(id);
        return JobView.of(names.get(id), job, gateway.layers(id));
    }

    private List<JsonNode> last(Map<String, JobView> views) {
        List<JsonNode> jobs = new ArrayList<>();
        for (String id : names.keySet()) {
            JsonNode job = gateway.job(id);
            views.put(id, JobView.of(names.get(id), job, gateway.layers(id)));
            jobs.add(job);
        }
        show(views);
        return jobs;
    }

    private void show(Map<String, JobView> views) {
        view.show(names.keySet().stream().filter(views::containsKey).map(views::get).toList());
    }

    private void pause() {
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
