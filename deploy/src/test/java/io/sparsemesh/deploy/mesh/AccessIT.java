package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ProblemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway that asks who calls, met by the command line's client and by the page.
@Timeout(300)
class AccessIT {

    private static final Path DEMO = Path.of("demo").toAbsolutePath();
    private static final String ROOT_KEY = "0123456789abcdef0123456789abcdef";

    @TempDir static Path home;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        Map<String, String> settings =
                Map.of("SPARSEMESH_AUTH", "on", "SPARSEMESH_ROOT_KEY", ROOT_KEY);
        mesh = TestMesh.start(home, 0, 0, List.of(DEMO), settings);
    }

    @AfterAll
    static void stop() {
        mesh.close();
    }

    private static Gateway as(String token) {
        return new Gateway(mesh.client.gateway(), Optional.ofNullable(token));
    }

    private static String key(String tenant) {
        ObjectNode wanted =
                Gateway.JSON.createObjectNode().put("name", "test").put("tenant", tenant);
        wanted.putArray("scopes").add("read").add("write");
        return as(ROOT_KEY).createKey(wanted).path("key").asText();
    }

    private static String submit(String token, String name) {
        ObjectNode request =
                JobJson.magnitude(DEMO.resolve("valley-opt"), "0.5", home.resolve(name));
        return as(token).submit(request, Optional.empty()).path("id").asText();
    }

    @Test
    void theClientIsLetInByItsKey() {
        String key = key("a");
        String id = submit(key, "client");

        assertThat(as(key).job(id).path("id").asText()).isEqualTo(id);
        assertThatThrownBy(() -> as(null).job(id))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("Authorization: Bearer TOKEN");
        assertThatThrownBy(() -> as(key("b")).job(id))
                .isInstanceOf(ProblemException.class)
                .hasMessage("no job " + id);
    }

    @Test
    void thePageAsksForAKeyAndShowsItsTenantsJobs() {
        DashboardBrowser.require();
        String key = key("page");
        String own = submit(key, "own");
        String foreign = submit(key("other"), "foreign");
        try (DashboardBrowser browser = DashboardBrowser.start(mesh.client.gateway())) {
            browser.expectFailedRequests();
            Page page = browser.open("#/jobs", 1440);

            page.getByLabel("Token").fill(key);
            page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in")).click();

            assertThat(page.locator("[data-job='" + own + "']").first()).isVisible();
            assertThat(page.locator("[data-job='" + foreign + "']")).hasCount(0);
            page.locator("[data-job='" + own + "'] a").first().click();
            assertThat(page.locator(".log [data-seq='1']")).hasCount(1);
        }
    }
}
