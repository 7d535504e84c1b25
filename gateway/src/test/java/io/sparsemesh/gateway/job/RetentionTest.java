package io.sparsemesh.gateway.job;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sparsemesh.contracts.job.JobState;
import io.sparsemesh.gateway.Database;
import io.sparsemesh.gateway.FinishedJob;
import io.sparsemesh.gateway.GatewayServers;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@QuarkusTest
@WithTestResource(GatewayServers.class)
class RetentionTest {

    @Inject ExpiredJobs expired;

    @Inject JobCommands commands;

    private Retention keeping(String age) {
        return new Retention(Optional.of(age), expired, commands);
    }

    private static String jobThatEnded(JobState state, String ago) {
        String id = FinishedJob.in(state);
        Database.update(
                "update gateway.job set finished_at = now() - cast(? as interval) where id = ?",
                ago,
                id);
        return id;
    }

    private static boolean isThere(String id) {
        return given().get("/v1/jobs/" + id).statusCode() == 200;
    }

    @ParameterizedTest
    @EnumSource(names = {"SUCCEEDED", "DEGRADED", "FAILED", "CANCELLED"})
    void jobThatEndedLongAgoIsDeletedAsItsUserWouldDeleteIt(JobState state) {
        String old = jobThatEnded(state, "30 days 1 minute");
        String young = jobThatEnded(state, "29 days 23 hours");

        keeping("30d").clean();

        assertThat(isThere(old)).isFalse();
        assertThat(FinishedJob.deletions(old)).isEqualTo(1);
        assertThat(isThere(young)).isTrue();
    }

    @Test
    void jobThatRunsStaysHoweverOldItIs() {
        String id = FinishedJob.in(JobState.PRUNING);
        Database.update(
                "update gateway.job set created_at = now() - interval '90 days', started_at = now() - interval '90 days' where id = ?",
                id);

        keeping("30d").clean();

        assertThat(isThere(id)).isTrue();
    }

    @Test
    void jobThatIsBeingRetriedStays() {
        String id = jobThatEnded(JobState.FAILED, "90 days");
        given().post("/v1/jobs/" + id + ":retry").then().statusCode(202);

        keeping("30d").clean();

        assertThat(isThere(id)).isTrue();
    }

    @Test
    void nothingIsDeletedWithoutTheSetting() {
        String id = jobThatEnded(JobState.CANCELLED, "9000 days");

        new Retention(Optional.empty(), expired, commands).clean();

        assertThat(isThere(id)).isTrue();
    }

    @Test
    void severalGatewaysDeleteEachJobOnce() throws InterruptedException {
        List<String> old =
                Stream.generate(() -> jobThatEnded(JobState.FAILED, "40 days")).limit(6).toList();
        List<Thread> gateways =
                Stream.generate(() -> Thread.ofVirtual().start(keeping("30d")::clean))
                        .limit(3)
                        .toList();
        for (Thread gateway : gateways) {
            gateway.join();
        }

        assertThat(old).noneMatch(RetentionTest::isThere);
        assertThat(old).extracting(FinishedJob::deletions).containsOnly(1);
    }

    @Test
    void moreThanABatchIsDeletedInOneGo() {
        String original = jobThatEnded(JobState.FAILED, "40 days");
        int copies = Retention.BATCH + 5;
        Database.update(
                """
                insert into gateway.job (id, state, state_reason, finished_at, layers_total,
                    model_uri, model_name, output_uri, labels, request)
                select 'expired-' || i, 'FAILED', '', now() - interval '40 days', 0,
                    model_uri, model_name, output_uri, labels, request
                  from gateway.job, generate_series(1, ?) i where id = ?
                """,
                copies,
                original);

        keeping("30d").clean();

        assertThat(
                        Database.text(
                                "select count(*) from gateway.job where id like ? and not deleted",
                                "expired-%"))
                .isEqualTo("0");
        Database.update("delete from gateway.job where id like 'expired-%'");
    }
}
