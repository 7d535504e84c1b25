package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.embedded.s3.LocalS3;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
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
    private static LocalS3 bucket;
    private static TestMesh mesh;

    @BeforeAll
    static void start() throws IOException {
        bucket = LocalS3.start(home, "outputs");
        Map<String, String> settings = new HashMap<>(bucket.environment());
        settings.put("SPARSEMESH_AUTH", "on");
        settings.put("SPARSEMESH_ROOT_KEY", ROOT_KEY);
        settings.put("SPARSEMESH_BUCKETS", "outputs");
        settings.put("SPARSEMESH_CACHE", home.resolve("models").toString());
        mesh = TestMesh.start(home, 1, 0, List.of(DEMO), settings);
    }

    @AfterAll
    static void stop() {
        if (mesh != null) {
            mesh.close();
        }
        if (bucket != null) {
            bucket.close();
        }
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
        return submit(token, URI.create("file://" + home.resolve(name)));
    }

    private static String submit(String token, URI output) {
        ObjectNode request =
                JobJson.magnitude(DEMO.resolve("valley-opt"), "0.5", home.resolve("unused"));
        ((ObjectNode) request.get("output")).put("uri", output.toString());
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
            Page page = signedIn(browser, "#/jobs", key);

            assertThat(page.locator("[data-job='" + own + "']").first()).isVisible();
            assertThat(page.locator("[data-job='" + foreign + "']")).hasCount(0);
            page.locator("[data-job='" + own + "'] a").first().click();
            assertThat(page.locator(".log [data-seq='1']")).hasCount(1);
        }
    }

    private static Page signedIn(DashboardBrowser browser, String hash, String key) {
        Page page = browser.open(hash, 1440);
        page.getByLabel("Token").fill(key);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Sign in")).click();
        return page;
    }

    /// The link's request cannot carry the key, nor the page load from the bucket's host.
    @Test
    void aFileOfAnOutputInS3ComesFromThereByAClick() throws Exception {
        DashboardBrowser.require();
        String key = key("files");
        String id = submit(key, URI.create("s3://outputs/page"));
        await(key, id);
        try (DashboardBrowser browser = DashboardBrowser.start(mesh.client.gateway())) {
            browser.expectFailedRequests();
            browser.expectDownloadsFrom(bucket.endpoint());
            Page page = signedIn(browser, "#/jobs/" + id, key);

            Download kept =
                    page.waitForDownload(() -> page.getByText("config.json").first().click());

            assertThat(kept.url()).startsWith(bucket.endpoint() + "/outputs/page/config.json?");
            assertThat(kept.suggestedFilename()).isEqualTo("config.json");
            assertThat(Gateway.JSON.readTree(kept.path().toFile()))
                    .isEqualTo(
                            Gateway.JSON.readTree(DEMO.resolve("valley-opt/config.json").toFile()));
            assertThat(page).hasURL(mesh.client.gateway().resolve("/") + "#/jobs/" + id);
            assertThat(page.locator(".notice")).hasCount(0);
            assertThat(browser.troubles()).isEmpty();
        }
    }

    private static void await(String key, String id) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(180);
        String state = "";
        while (!state.equals("SUCCEEDED") && Instant.now().isBefore(end)) {
            Thread.sleep(200);
            state = as(key).job(id).path("state").asText();
        }
        assertThat(state).isEqualTo("SUCCEEDED");
    }
}
