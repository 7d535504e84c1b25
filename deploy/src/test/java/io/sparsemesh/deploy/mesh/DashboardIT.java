package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The dashboard as people meet it: in Chromium, with a whole mesh behind it.
class DashboardIT {

    private static final Path DEMO = TestMesh.ROOT.resolve("deploy/demo");
    private static final Path MODEL = DEMO.resolve("valley-opt");
    private static final Path IDS = DEMO.resolve("ids.safetensors");
    private static final int LIMIT_MILLIS = 240_000;
    /// What a busy machine may take to answer.
    private static final int ANSWER_MILLIS = 30_000;

    private static final int LINEARS = 24;
    private static final Locator.GetByLabelOptions EXACTLY =
            new Locator.GetByLabelOptions().setExact(true);

    private static final Page.LocatorOptions WITH_CHECKPOINTS =
            new Page.LocatorOptions().setHasText("Computed once for all");
    private static final Pattern ABOUT_PERPLEXITY =
            Pattern.compile("Perplexity of test over sparsity: .*Magnitude [0-9.]+.*n:m [0-9.]+");

    /// The demo model's README.
    private static final double SPARSEGPT_2_4 = 2.2007;

    @TempDir static Path home;
    private static TestMesh mesh;
    private static DashboardBrowser browser;

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

    @Test
    void aJobSubmittedInThePageIsWatchedToTheEnd() throws Exception {
        // Given
        Page page = browser.open("#/submit", 1440);
        Path output = home.resolve("from-the-page");
        fillIn(page, output);

        // When it is checked, and submitted twice in a row
        button(page, "Check").click();
        assertThat(page.locator(".plan-place")).containsText("Linears24");
        button(page, "Submit").dblclick();

        // Then there is one job, and the page shows it
        page.waitForURL(url -> url.contains("#/jobs/"));
        String id = page.url().substring(page.url().lastIndexOf('/') + 1);
        assertThat(mesh.client.get("/v1/jobs?label.from=page").get("items")).hasSize(1);
        assertThat(page.locator(".grid td")).hasCount(LINEARS);

        // When the page is loaded again in the middle
        assertThat(done(page).first()).isVisible(soon());
        page.reload();

        // Then it is where it was
        assertThat(done(page).first()).isVisible();
        assertThat(page.locator(".grid td")).hasCount(LINEARS);

        // When the connection is cut for a while
        browser.expectFailedRequests();
        page.context().setOffline(true);
        assertThat(page.locator(".connection")).hasText("Reconnecting");
        awaitMoreEvents(id, lastSeq(page));
        page.context().setOffline(false);

        // Then it goes on to the end, and misses nothing
        assertThat(page.locator(".job-state")).hasText("Succeeded", textSoon());
        assertThat(done(page)).hasCount(LINEARS);
        assertThat(sequence(page)).isEqualTo(allEvents(id));
        assertThat(perplexity(page)).isCloseTo(SPARSEGPT_2_4, within(0.02 * SPARSEGPT_2_4));
        assertThat(downloaded(page, "config.json"))
                .isEqualTo(Files.readAllBytes(output.resolve("config.json")));
    }

    private static void fillIn(Page page, Path output) {
        page.getByLabel("Model folder").fill(MODEL.toString());
        page.getByLabel("Target").fill("2:4");
        assertThat(page.locator(".inspection")).containsText("OPT, 4 blocks");
        Locator calibration = group(page, "Calibration");
        calibration.getByLabel("Texts").fill(DEMO.resolve("calibration.txt").toString());
        calibration.getByLabel("Samples").fill("64");
        calibration.getByLabel("Tokens each").fill("256");
        Locator suite = group(page, "Perplexity suite");
        suite.getByLabel("Suite", EXACTLY).fill("test");
        suite.getByLabel("Texts").fill(DEMO.resolve("test.txt").toString());
        suite.getByLabel("Tokens").fill("256");
        button(page, "Add a zero-shot task").click();
        Locator task = group(page, "Zero-shot task");
        task.getByLabel("Task", EXACTLY).fill("facts");
        task.getByLabel("Items").fill(DEMO.resolve("facts.jsonl").toString());
        page.getByLabel("Output folder").fill(output.toString());
        page.getByLabel("Labels").fill("from=page");
    }

    @Test
    void aPageGoesOnWhenTheGatewayWasAway() throws Exception {
        // Given
        String id = mesh.client.submit(request("away"));
        Page page = browser.open("#/jobs/" + id, 1440);
        assertThat(page.locator(".connection")).hasText("Live", textSoon());

        // When
        browser.expectFailedRequests();
        mesh.gateway.kill();
        assertThat(page.locator(".connection")).hasText("Reconnecting", textSoon());
        mesh.gateway.launch();
        mesh.gateway.awaitReady();

        // Then
        assertThat(page.locator(".job-state")).hasText("Succeeded", textSoon());
        assertThat(sequence(page)).isEqualTo(allEvents(id));
    }

    @Test
    void aPageThatCannotReadThePastAtFirstCatchesUp() throws Exception {
        // Given
        String id = mesh.client.submit(magnitude("past"));
        mesh.client.await(id, Duration.ofMillis(LIMIT_MILLIS));
        Page page = browser.blank(1440);
        AtomicInteger asked = new AtomicInteger();
        browser.expectFailedRequests();
        page.route(
                "**/events?*",
                route -> {
                    if (asked.incrementAndGet() < 3) {
                        route.abort();
                    } else {
                        route.resume();
                    }
                });

        // When
        page.navigate(mesh.client.gateway() + "/#/jobs/" + id);

        // Then
        assertThat(page.locator(".log [data-seq='1']")).hasCount(1);
        assertThat(sequence(page)).isEqualTo(allEvents(id));
        assertThat(asked.get()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void aJobIsCancelledAndRetriedInThePage() throws Exception {
        // Given
        String id = mesh.client.submit(request("cancelled"));
        Page page = browser.open("#/jobs/" + id, 1440);
        page.onDialog(dialog -> dialog.accept());

        // When, Then
        button(page, "Cancel").click();
        assertThat(page.locator(".job-state")).hasText("Cancelled", textSoon());
        button(page, "Retry").click();
        assertThat(page.locator(".job-state")).hasText("Succeeded", textSoon());
        assertThat(sequence(page)).isEqualTo(allEvents(id));
    }

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
        page.getByLabel("2of4").check();
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
        return new ObjectMapper().createObjectNode().put("sparsity", sparsity);
    }

    private static Pattern startsWith(String text) {
        return Pattern.compile("^" + text);
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

    private static ObjectNode request(String name) {
        ObjectNode request =
                JobJson.sparsegpt(MODEL, "0.5", IDS, 64, 256, home.resolve("out-" + name));
        request.putObject("labels").put("name", name);
        return JobJson.withPerplexity(request, IDS, 256, true);
    }

    private static ObjectNode magnitude(String name) {
        ObjectNode request = JobJson.magnitude(MODEL, "0.5", home.resolve("out-" + name));
        request.putObject("labels").put("name", name);
        return request;
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, named(name));
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Locator group(Page page, String name) {
        return page.getByRole(AriaRole.GROUP, named(name));
    }

    /// Cells of linears that are pruned.
    private static Locator done(Page page) {
        return page.locator(".grid td[data-state='SUCCEEDED']");
    }

    private static LocatorAssertions.IsVisibleOptions soon() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(LIMIT_MILLIS);
    }

    private static LocatorAssertions.HasTextOptions textSoon() {
        return new LocatorAssertions.HasTextOptions().setTimeout(LIMIT_MILLIS);
    }

    /// Numbers of the events in the page's log, oldest first.
    private static List<Integer> sequence(Page page) {
        Locator more = button(page, "Show earlier events");
        while (more.isVisible()) {
            more.click();
        }
        List<?> numbers =
                (List<?>)
                        page.evaluate(
                                "[...document.querySelectorAll('.log [data-seq]')]"
                                        + ".map((e) => Number(e.dataset.seq)).reverse()");
        return numbers.stream().map(n -> ((Number) n).intValue()).toList();
    }

    private static long lastSeq(Page page) {
        return Long.parseLong(page.locator(".log [data-seq]").first().getAttribute("data-seq"));
    }

    private static long lastEvent(String id) throws InterruptedException {
        return mesh.client.events(id).getLast().get("seq").asLong();
    }

    private static List<Integer> allEvents(String id) throws InterruptedException {
        return IntStream.rangeClosed(1, (int) lastEvent(id)).boxed().toList();
    }

    private static void awaitMoreEvents(String id, long seq) throws InterruptedException {
        mesh.client.awaitEvent(
                id, Duration.ofMillis(LIMIT_MILLIS), event -> event.get("seq").asLong() > seq);
    }

    private static double perplexity(Page page) {
        return Double.parseDouble(page.locator(".figures tbody tr .figure").nth(1).textContent());
    }

    private static byte[] downloaded(Page page, String file) throws IOException {
        Download download =
                page.waitForDownload(() -> page.getByRole(AriaRole.LINK, named(file)).click());
        return Files.readAllBytes(download.path());
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
