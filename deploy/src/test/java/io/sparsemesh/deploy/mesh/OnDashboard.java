package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// The dashboard in Chromium with a whole mesh behind it, for each class of tests one.
abstract class OnDashboard {

    static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    static final Path MODEL = DEMO.resolve("valley-opt");
    static final Path IDS = DEMO.resolve("ids.safetensors");
    static final int LIMIT_MILLIS = 240_000;
    /// What a busy machine may take to answer.
    static final int ANSWER_MILLIS = 30_000;

    static final int LINEARS = 24;

    @TempDir static Path home;
    static TestMesh mesh;
    static DashboardBrowser browser;

    @BeforeAll
    static void start() throws IOException {
        DashboardBrowser.require();
        mesh = TestMesh.start(home, 1, 1, List.of(DEMO));
        browser = DashboardBrowser.start(mesh.client.gateway());
        PlaywrightAssertions.setDefaultAssertionTimeout(ANSWER_MILLIS);
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (mesh != null) {
            mesh.close();
        }
    }

    @AfterEach
    void nothingElseHappened() {
        assertThat(browser.troubles()).isEmpty();
    }

    static ObjectNode request(String name) {
        ObjectNode request =
                JobJson.sparsegpt(MODEL, "0.5", IDS, 64, 256, home.resolve("out-" + name));
        request.putObject("labels").put("name", name);
        return JobJson.withPerplexity(request, IDS, 256, true);
    }

    static ObjectNode magnitude(String name) {
        ObjectNode request = JobJson.magnitude(MODEL, "0.5", home.resolve("out-" + name));
        request.putObject("labels").put("name", name);
        return request;
    }

    static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, named(name));
    }

    static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    static Locator group(Page page, String name) {
        return page.getByRole(AriaRole.GROUP, named(name));
    }

    static LocatorAssertions.IsVisibleOptions soon() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(LIMIT_MILLIS);
    }

    static LocatorAssertions.HasTextOptions textSoon() {
        return new LocatorAssertions.HasTextOptions().setTimeout(LIMIT_MILLIS);
    }
}
