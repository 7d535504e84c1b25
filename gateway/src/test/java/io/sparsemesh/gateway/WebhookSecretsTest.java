package io.sparsemesh.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.sparsemesh.contracts.Topics;
import io.sparsemesh.contracts.job.JobState;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(AccessServers.class)
class WebhookSecretsTest {

    private static final String PATH = "/v1/webhook-secrets";

    private static List<String> secrets(String tenant) {
        Response answer = Keys.with(Keys.all(tenant)).get(PATH);
        answer.then().statusCode(200).header("Cache-Control", containsString("no-store"));
        return answer.path("secrets");
    }

    @Test
    void eachTenantHasItsOwnAndNoneTheInstallations() {
        List<String> ones = secrets("a");
        List<String> others = secrets("b");

        assertThat(ones).hasSameSizeAs(Receiver.SECRETS).isEqualTo(secrets("a"));
        assertThat(ones).doesNotContainAnyElementsOf(others);
        assertThat(ones).doesNotContainAnyElementsOf(Receiver.SECRETS);
    }

    @Test
    void onlyAnAdministratorIsTold() {
        Keys.with(Keys.of("a", "\"read\", \"write\"")).get(PATH).then().statusCode(403);
        Keys.with(AccessServers.ROOT_KEY).get(PATH).then().statusCode(403);
    }

    private static Receiver.Request told(String tenant) {
        try (Receiver receiver = Receiver.start()) {
            String body = WebhookDeliveryTest.withWebhook(receiver.uri(), "\"job.queued\"");
            String id =
                    Keys.json(Keys.all(tenant), body)
                            .post("/v1/jobs")
                            .then()
                            .statusCode(202)
                            .extract()
                            .path("id");
            Mesh.send(Topics.EVENTS, new Script(id).changed(1, JobState.QUEUED));
            return receiver.await(1).getFirst();
        }
    }

    @Test
    void webhooksAreSignedWithTheirTenantsSecrets() throws Exception {
        for (String tenant : List.of("a", "b")) {
            Receiver.Request request = told(tenant);

            List<String> secrets = secrets(tenant);
            assertThat(request.header("webhook-signature").split(" "))
                    .containsExactly(
                            request.signature(secrets.get(0)), request.signature(secrets.get(1)));
        }
    }
}
