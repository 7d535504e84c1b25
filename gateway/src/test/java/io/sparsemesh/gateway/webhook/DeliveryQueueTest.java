package io.sparsemesh.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.JobId;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.Database;
import io.sparsemesh.gateway.FinishedJob;
import io.sparsemesh.gateway.GatewayServers;
import io.sparsemesh.gateway.Receiver;
import io.sparsemesh.gateway.access.Tenant;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Several gateways, and ones that die: what they leave in the table is written by hand.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class DeliveryQueueTest {

    private static final String INSERT =
            """
            insert into gateway.webhook_delivery
                   (job_id, seq, webhook, uri, receiver, event, body, attempts, due_at)
            values (?, ?, 0, ?, ?, 'job.failed', '{}', ?, now() + ? * interval '1 millisecond')
            """;
    private static final String STATE =
            "select state || ' ' || attempts from gateway.webhook_delivery where job_id = ?";

    @Inject DeliveryQueue queue;

    @Inject WebhookSettings settings;

    private String job;

    @BeforeEach
    void makeJob() {
        job = FinishedJob.in(JobState.FAILED);
    }

    private void insert(Receiver receiver, int seq, int attempts, int dueInMillis) {
        Database.update(
                INSERT, job, seq, receiver.uri(), receiver.address(), attempts, dueInMillis);
    }

    private String state() {
        return Database.text(STATE, job);
    }

    @Test
    void claimOfAKilledGatewayIsTakenUpWhenItsLeaseIsOver() throws InterruptedException {
        try (Receiver receiver = Receiver.start()) {
            insert(receiver, 5, 1, 4000);
            Thread.sleep(2500);
            assertThat(receiver.requests()).isEmpty();
            assertThat(state()).isEqualTo("PENDING 1");

            List<Receiver.Request> taken = receiver.await(1);

            assertThat(taken).hasSize(1);
            assertThat(taken.getFirst().header("webhook-id")).isEqualTo(job + "-5");
            Receiver.await(() -> state().startsWith("DELIVERED"));
            assertThat(state()).isEqualTo("DELIVERED 2");
        }
    }

    /// A gateway that was thought dead comes back with an answer.
    @Test
    void endOfAnAttemptThatIsNotTheLastChangesNothing() {
        try (Receiver receiver = Receiver.start()) {
            insert(receiver, 5, 2, 600_000);
            RetryPolicy.Verdict delivered =
                    new RetryPolicy.Verdict(DeliveryState.DELIVERED, Duration.ZERO, 200, "");

            assertThat(queue.finish(attempt(1), delivered)).isFalse();
            assertThat(state()).isEqualTo("PENDING 2");
            assertThat(queue.finish(attempt(2), delivered)).isTrue();
            assertThat(state()).isEqualTo("DELIVERED 2");
            assertThat(queue.finish(attempt(2), delivered)).isFalse();
        }
    }

    private Delivery attempt(int number) {
        long id =
                Long.parseLong(
                        Database.text(
                                "select id from gateway.webhook_delivery where job_id = ?", job));
        return new Delivery(
                id,
                new JobId(job),
                Tenant.DEFAULT,
                5,
                0,
                "http://x/",
                "x:80",
                "{}",
                number,
                Duration.ZERO);
    }

    @Test
    void twoGatewaysSendEachDeliveryOnce() throws InterruptedException {
        int count = 60;
        Dispatcher second = new Dispatcher(queue, settings, new SimpleMeterRegistry());
        try (Receiver one = Receiver.start();
                Receiver two = Receiver.start()) {
            second.start(new StartupEvent());
            IntStream.range(0, count).forEach(i -> insert(i % 2 == 0 ? one : two, i, 0, 0));

            Receiver.await(() -> delivered() == count);
            second.stop(new ShutdownEvent());

            assertThat(delivered()).as(summary()).isEqualTo(count);
            Set<String> ids = new HashSet<>();
            one.requests().forEach(r -> ids.add(r.header("webhook-id")));
            two.requests().forEach(r -> ids.add(r.header("webhook-id")));
            assertThat(ids).hasSize(count);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(count);
        }
    }

    private String summary() {
        return Database.text(
                "select string_agg(seq || ' ' || state || ' ' || attempts || ' ' || coalesce(last_error, ''), ', ') from gateway.webhook_delivery where job_id = ? and (state <> 'DELIVERED' or attempts <> 1)",
                job);
    }

    private int delivered() {
        return Integer.parseInt(
                Database.text(
                        "select count(*) from gateway.webhook_delivery where job_id = ? and state = 'DELIVERED' and attempts = 1",
                        job));
    }
}
