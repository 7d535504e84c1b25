package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.sparsemesh.deploy.text.Csv;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The dashboard's pages: what they show of sweeps, allocations, workers, faults and many jobs, to
/// whom, and how wide.
class DashboardPagesIT extends OnDashboard {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Page.LocatorOptions WITH_CHECKPOINTS =
            new Page.LocatorOptions().setHasText("Computed once for all");
    private static final Pattern ABOUT_PERPLEXITY =
            Pattern.compile("Perplexity of test over sparsity: .*Magnitude [0-9.]+.*n:m [0-9.]+");

    @Test
    void aSweepIsShownComparedAndTakenAsTemplate() throws Exception {
        // Given
        ObjectNode request = magnitude("sweep");
        ObjectNode method = (ObjectNode) request.get("method");
        method.remove("sparsity");
        method.putArray("targets").add(share(0.5)).addObject().put("pattern", "2:4");
        String id = mesh.client.submit(JobJson.withPerplexity(request, IDS, 256, true));
        mesh.client.await(id, Duration.ofMillis(LIMIT_MILLIS));

        // When, Then its checkpoints stand in a table, and each has a grid
        Page page = browser.open("#/jobs/" + id, 1440);
        Locator checkpoints = page.locator(".section", WITH_CHECKPOINTS).locator("tbody tr");
        assertThat(checkpoints).hasText(new Pattern[] {startsWith("s50"), startsWith("2of4")});
        page.getByRole(AriaRole.RADIO, named("2of4")).check();
        assertThat(page.locator(".grid td[aria-label*='2of4/model']")).hasCount(LINEARS);

        // When, Then they are points of a chart and rows of its table
        page.getByRole(AriaRole.LINK, named("Compare")).last().click();
        assertThat(page.locator(".chart canvas")).isVisible();
        assertThat(page.locator(".compare tbody tr")).hasCount(2);
        assertThat(page.locator(".chart-place")).hasAttribute("aria-label", ABOUT_PERPLEXITY);

        // When its request is changed and checked, Then the plan is that of a sweep
        page.navigate(mesh.client.gateway() + "/#/submit?from=" + id);
        assertThat(page.getByLabel("Target")).hasValue("0.5, 2:4");
        button(page, "Check").click();
        assertThat(page.locator(".plan-place")).containsText("2 checkpoints: s50, 2of4");
    }

    private static ObjectNode share(double sparsity) {
        return JSON.createObjectNode().put("sparsity", sparsity);
    }

    private static Pattern startsWith(String text) {
        return Pattern.compile("^" + text);
    }

    @Test
    void anAllocatedJobSaysWhichCheckpointWasKept() throws Exception {
        // Given
        ObjectNode request =
                JobJson.sparsegpt(MODEL, "0.5", IDS, 8, 64, home.resolve("out-allocated"));
        ((ObjectNode) request.get("method")).put("name", "wanda").put("allocation", "owl");
        String id = mesh.client.submit(JobJson.withPerplexity(request, IDS, 256, false));
        JsonNode job = mesh.client.await(id, Duration.ofMillis(LIMIT_MILLIS));

        // When
        Page page = browser.open("#/jobs/" + id, 1440);

        // Then
        JsonNode allocation = job.at("/result/allocation");
        assertThat(page.getByText("Kept: "))
                .hasText(
                        "Kept: %s. %s."
                                .formatted(
                                        allocation.path("kept").asText(),
                                        allocation.path("reason").asText()));
        assertThat(page.getByText("Wanda to 50 %, owl allocation")).isVisible();
        page.getByRole(AriaRole.RADIO, named("uniform")).check();
        assertThat(page.locator(".grid td[aria-label*='uniform/model']")).hasCount(LINEARS);
    }

    @Test
    void workersAreShownWithTheirDevices() {
        Page page = browser.open("#/workers", 1440);

        Locator worker =
                page.locator(".workers tr", new Page.LocatorOptions().setHasText("worker-1"));
        assertThat(worker.first()).containsText("cpu:");
        assertThat(page.locator(".workers tbody tr")).hasCount(2);
    }

    @Test
    void faultsStandAtTheirFields() {
        // Given
        Page page = browser.open("#/submit", 1440);
        browser.expectFailedRequests();
        page.getByLabel("Model folder").fill("/nowhere/model");
        page.getByLabel("Target").fill("1.5");

        // When
        button(page, "Submit").click();

        // Then
        Locator target = page.getByLabel("Target");
        assertThat(target).hasAttribute("aria-invalid", "true");
        assertThat(page.locator("[data-pointer='/method'] .field-error")).containsText("1.5");
        assertThat(page.locator("[data-pointer='/model/uri'] .field-error")).isVisible();
        assertThat(page.locator(".error-summary")).isFocused();
        assertThat(page.locator(".error-summary li").first()).isVisible();

        // When what is wrong is followed and put right
        page.locator(".error-summary").getByText("Target:").click();
        assertThat(target).isFocused();
        target.fill("0.5");

        // Then it is no longer marked
        assertThat(page.locator("[data-pointer='/method'] .field-error")).isHidden();
    }

    @Test
    void everythingIsReachedByKeyboard() throws Exception {
        // Given
        String id = mesh.client.submit(magnitude("keys"));
        mesh.client.await(id, Duration.ofMinutes(3));
        Page page = browser.open("#/jobs?label.name=keys", 1440);
        assertThat(page.locator("tr[data-job]")).hasCount(1);

        // When a job is opened from the list
        page.keyboard().press("Tab");
        assertThat(page.getByText("Skip to content")).isFocused();
        page.locator("#filter-label").focus();
        IntStream.range(0, 3).forEach(_ -> page.keyboard().press("Tab"));
        assertThat(page.locator(".row-link")).isFocused();
        page.keyboard().press("Enter");

        // Then the grid is walked by arrow keys, and Enter opens a report
        page.locator(".grid td").first().focus();
        page.keyboard().press("ArrowRight");
        page.keyboard().press("ArrowDown");
        page.keyboard().press("Enter");
        Locator report = page.locator(".layer-panel");
        assertThat(report).containsText("model.decoder.layers.1.self_attn.k_proj");
        assertThat(report).containsText("Relative error");
        assertThat(report.locator(".attempts li")).not().hasCount(0);
        page.keyboard().press("Escape");
        assertThat(report).hasCount(0);
    }

    @Test
    void tablesAreSavedWithEveryFieldOfTheApi() throws Exception {
        // Given
        ObjectNode request = magnitude("saved");
        ((ObjectNode) request.get("labels")).put("note", "a \"quoted\", long note");
        String id = mesh.client.submit(request);
        mesh.client.await(id, Duration.ofMinutes(3));
        Page page = browser.open("#/jobs/" + id, 1440);
        assertThat(page.locator(".grid td[data-state='SUCCEEDED']")).hasCount(LINEARS);

        // When, Then JSON is what the API answers, and CSV what the command line makes of it
        List<JsonNode> layers = mesh.client.layers(id);
        assertSame(csv(JSON.readTree(saved(page, "layers-" + id, "json"))), csv(layers));
        assertSame(saved(page, "layers-" + id, "csv"), csv(layers));

        // When, Then the list of jobs has all that fit, and keeps what needs quotes
        page.navigate(mesh.client.gateway() + "/#/jobs?label.name=saved");
        JsonNode jobs = mesh.client.get("/v1/jobs?label.name=saved").path("items");
        assertThat(jobs).hasSize(1);
        assertSame(saved(page, "jobs", "csv"), csv(jobs));

        // When, Then events and workers are there too
        page.navigate(mesh.client.gateway() + "/#/jobs/" + id);
        JsonNode events = JSON.readTree(saved(page, "events-" + id, "json"));
        assertSame(csv(events), csv(mesh.client.events(id)));
        page.navigate(mesh.client.gateway() + "/#/workers");
        assertThat(JSON.readTree(saved(page, "workers", "json"))).hasSize(2);
    }

    private static String saved(Page page, String name, String kind) throws IOException {
        String label = "Save %s as %s".formatted(name, kind.toUpperCase(Locale.ROOT));
        Download download = page.waitForDownload(() -> button(page, label).click());
        assertThat(download.suggestedFilename()).isEqualTo(name + "." + kind);
        return Files.readString(download.path());
    }

    private static String csv(Iterable<JsonNode> rows) {
        List<JsonNode> list = new ArrayList<>();
        rows.forEach(list::add);
        StringWriter text = new StringWriter();
        Csv.write(list, new PrintWriter(text));
        return text.toString();
    }

    /// Java and JavaScript write some numbers differently.
    private static void assertSame(String page, String commandLine) throws IOException {
        List<List<String>> found = cells(page);
        List<List<String>> expected = cells(commandLine);
        assertThat(found).hasSameSizeAs(expected).hasSizeGreaterThan(1);
        assertThat(found.getFirst()).isEqualTo(expected.getFirst());
        for (int i = 1; i < expected.size(); i++) {
            assertThat(found.get(i))
                    .usingElementComparator(
                            (a, b) -> a.equals(b) || isNumber(a) && sameNumber(a, b) ? 0 : 1)
                    .isEqualTo(expected.get(i));
        }
    }

    private static List<List<String>> cells(String csv) throws IOException {
        return new CsvMapper()
                .readerForListOf(String.class)
                .with(CsvParser.Feature.WRAP_AS_ARRAY)
                .<List<String>>readValues(csv)
                .readAll();
    }

    private static boolean isNumber(String text) {
        return text.matches("-?[0-9.]+([eE]-?[0-9]+)?");
    }

    private static boolean sameNumber(String one, String other) {
        return isNumber(other) && Double.parseDouble(one) == Double.parseDouble(other);
    }

    @Test
    void whatUsersWriteIsShownAsText() throws Exception {
        // Given
        String markup = "<img src=x onerror=document.title='run'>";
        ObjectNode request = magnitude("markup");
        ((ObjectNode) request.get("labels")).put("note", markup);
        String id = mesh.client.submit(request);

        // When
        Page page = browser.open("#/jobs?label.name=markup", 1440);

        // Then
        assertThat(page.locator("[data-job='" + id + "'] .cell-labels")).containsText(markup);
        assertThat(page.locator("main img")).hasCount(0);
        assertThat(page).hasTitle("Jobs · Sparsemesh");
    }

    @Test
    void aGatewayThatWantsATokenGetsItFromThisTabAlone() {
        // Given
        Page page = browser.blank(1440);
        browser.expectFailedRequests();
        page.route(
                "**/v1/**",
                route -> {
                    if ("Bearer right".equals(route.request().headers().get("authorization"))) {
                        route.resume();
                    } else {
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setStatus(401)
                                        .setContentType("application/problem+json")
                                        .setBody("{\"detail\":\"no\"}"));
                    }
                });

        // When
        page.navigate(mesh.client.gateway().resolve("/").toString());
        page.getByLabel("Token").fill("wrong");
        button(page, "Sign in").click();
        assertThat(page.getByText("refused this token")).isVisible();
        page.getByLabel("Token").fill("right");
        button(page, "Sign in").click();

        // Then
        assertThat(page.locator(".jobs, .empty")).isVisible();
        assertThat(page.evaluate("Object.values(sessionStorage).join()")).isEqualTo("right");
        assertThat(page.evaluate("localStorage.length")).isEqualTo(0);
        assertThat(page.evaluate("document.cookie")).isEqualTo("");
    }

    @Test
    void noPageIsWiderThanItsWindow() throws Exception {
        // Given
        String id = mesh.client.submit(magnitude("wide"));
        mesh.client.await(id, Duration.ofMinutes(3));

        for (int width : new int[] {1440, 390}) {
            for (String hash :
                    List.of(
                            "#/jobs",
                            "#/jobs/" + id,
                            "#/compare?jobs=" + id,
                            "#/workers",
                            "#/submit")) {
                // When
                Page page = browser.open(hash, width);
                assertThat(page.locator("h1")).isVisible();
                page.waitForTimeout(500);

                // Then
                Object wide = page.evaluate("document.documentElement.scrollWidth");
                assertThat((int) wide).as("%s at %d", hash, width).isLessThanOrEqualTo(width);
                page.context().close();
            }
        }
    }

    @Test
    void anEventStreamIsReadWhereverItIsCut() {
        // Given
        Page page = browser.open("#/workers", 1440);

        // When
        Object differing =
                page.evaluate(
                        """
                        async () => {
                          const { SseParser } = await import('/ui/sse.js');
                          const text = ': hello\\r\\nid: 1\\r\\ndata: {"a":\\r\\ndata: 1}\\r\\n\\r\\n'
                            + 'id:2\\ndata:two\\n\\n:beat\\n\\nevent: end\\rdata: {}\\r\\r';
                          const read = (...parts) => {
                            const parser = new SseParser();
                            return JSON.stringify([...parts, '\\n'].flatMap((part) => parser.feed(part)));
                          };
                          const whole = read(text);
                          const cuts = [...text].map((_, i) => i).filter((i) =>
                            read(text.slice(0, i), text.slice(i)) !== whole);
                          return [whole, cuts.join()];
                        }
                        """);

        // Then
        assertThat(differing)
                .isEqualTo(
                        List.of(
                                "[{\"id\":\"1\",\"type\":\"message\",\"data\":\"{\\\"a\\\":\\n1}\"},"
                                                .replace("\n", "\\n")
                                        + "{\"id\":\"2\",\"type\":\"message\",\"data\":\"two\"},"
                                        + "{\"id\":\"2\",\"type\":\"end\",\"data\":\"{}\"}]",
                                ""));
    }

    /// The list with 10,000 jobs: copies of one, older than it, with five layers each.
    @Test
    void tenThousandJobsAreShownByThePage() throws Exception {
        // Given
        String original = mesh.client.submit(magnitude("copied"));
        mesh.client.await(original, Duration.ofMinutes(3));
        JobCopies.make(mesh, original, 10_000);
        try {
            Page page = browser.blank(1440);
            Locator rows = page.locator("tr[data-job]");

            // When
            long begin = System.nanoTime();
            page.navigate(mesh.client.gateway().resolve("/").toString());
            rows.first().waitFor();
            long first = millisSince(begin);
            long turn = System.nanoTime();
            String newest = rows.first().getAttribute("data-job");
            button(page, "Older").click();
            assertThat(rows.first()).not().hasAttribute("data-job", newest);
            long older = millisSince(turn);
            long chosen = System.nanoTime();
            page.getByLabel("Failed").check();
            assertThat(page.locator("tr[data-job] .badge:not([data-state='FAILED'])")).hasCount(0);
            long filtered = millisSince(chosen);

            // Then
            System.out.printf(
                    "10,000 jobs: first rows after %d ms, older page after %d ms, filtered after %d"
                            + " ms%n",
                    first, older, filtered);
            assertThat(rows).hasCount(50);
            assertThat(List.of(first, older, filtered)).allMatch(millis -> millis < 5000);
        } finally {
            JobCopies.remove(mesh, original);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
