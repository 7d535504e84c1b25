package io.sparsemesh.gateway.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.Database;
import io.sparsemesh.gateway.FinishedJob;
import io.sparsemesh.gateway.GatewayServers;
import jakarta.inject.Inject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Rows on both sides of their age.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class HousekeepingTest {

    private final String mark = UUID.randomUUID().toString();

    @Inject Housekeeping housekeeping;

    /// Columns of the row after the first, which is the mark with a number.
    private void insert(String table, String columns, String values) {
        Database.update("insert into gateway." + table + columns + " values " + values);
    }

    private List<String> left(String table, String key) {
        String all =
                Database.text(
                        "select coalesce(string_agg(%1$s, ',' order by %1$s), '') from gateway.%2$s where %1$s like ?"
                                .formatted(key, table),
                        mark + "%");
        return all.isEmpty() ? List.of() : List.of(all.replace(mark, "").split(","));
    }

    @Test
    void messagesAnswersAndRemovalsAreForgottenByTheirAge() {
        insert(
                "inbox",
                "(event_id, received_at)",
                "('%1$s-old', now() - interval '169 hours'), ('%1$s-young', now() - interval '167 hours')"
                        .formatted(mark));
        insert(
                "idempotency",
                "(tenant, key, body_sha256, job_id, answer, created_at)",
                "('a', '%1$s-old', '', '', '', now() - interval '25 hours'), ('a', '%1$s-young', '', '', '', now() - interval '23 hours')"
                        .formatted(mark));
        insert(
                "event",
                "(tenant, job_id, seq, type, at, data)",
                "('a', '%1$s-old', 1, 'job.removed', now() - interval '169 hours', '{}'), ('a', '%1$s-young', 1, 'job.removed', now() - interval '167 hours', '{}')"
                        .formatted(mark));

        housekeeping.clean();

        assertThat(left("inbox", "event_id")).containsExactly("-young");
        assertThat(left("idempotency", "key")).containsExactly("-young");
        assertThat(left("event", "job_id")).containsExactly("-young");
    }

    @Test
    void deliveriesGoAWeekAfterTheirEndButThoseThatStopAWebhook() {
        String job = FinishedJob.in(JobState.FAILED);
        deliver(job, 1, "DELIVERED", "now() - interval '169 hours'");
        deliver(job, 2, "DELIVERED", "now() - interval '167 hours'");
        deliver(job, 3, "FAILED", "now() - interval '169 hours'");
        deliver(job, 4, "GONE", "now() - interval '169 hours'");
        deliver(job, 5, "PENDING", "null");

        housekeeping.clean();

        assertThat(
                        Database.text(
                                "select string_agg(seq::text, ',' order by seq) from gateway.webhook_delivery where job_id = ?",
                                job))
                .isEqualTo("2,4,5");
    }

    private void deliver(String job, int seq, String state, String finished) {
        insert(
                "webhook_delivery",
                "(job_id, seq, webhook, uri, receiver, event, body, state, due_at, created_at, finished_at)",
                "('%s', %d, 0, 'https://x/', 'x:443', 'job.failed', '{}', '%s', now() + interval '1 hour', now() - interval '170 hours', %s)"
                        .formatted(job, seq, state, finished));
    }
}
