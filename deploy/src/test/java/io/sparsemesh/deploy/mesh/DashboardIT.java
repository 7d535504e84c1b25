package io.sparsemesh.deploy.mesh;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A job in the dashboard as people meet it, from the form to the download, whatever the
/// connection does.
class DashboardIT extends OnDashboard {

    private static final Locator.GetByLabelOptions EXACTLY =
            new Locator.GetByLabelOptions().setExact(true);

    /// The demo model's README.
    private static final double SPARSEGPT_2_4 = 2.2007;

    @Test
    void aJobSubmittedInThePageIsWatchedToTheEnd() throws Exception {
        try (Cable cable = Cable.to(mesh.client.gateway());
                DashboardBrowser apart = DashboardBrowser.start(cable.address())) {
            watchToTheEnd(cable, apart);

            assertThat(apart.troubles()).isEmpty();
        }
    }

    private static void watchToTheEnd(Cable cable, DashboardBrowser apart) throws Exception {
        // Given
        Page page = apart.open("#/submit", 1440);
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

        // When the connection is cut, and the job goes on meanwhile
        apart.expectFailedRequests();
        cable.cut();
        long seen = lastEvent(id);
        assertThat(page.locator(".connection")).hasText("Reconnecting", textSoon());
        awaitEventAfter(id, seen);
        cable.mend();

        // Then the page goes on to the end, and misses nothing
        assertThat(page.locator(".job-state")).hasText("Succeeded", textSoon());
        assertThat(done(page)).hasCount(LINEARS);
        assertThat(sequence(page)).isEqualTo(allEvents(id));
        assertThat(perplexity(page)).isCloseTo(SPARSEGPT_2_4, within(0.02 * SPARSEGPT_2_4));
        assertThat(downloaded(page, "config.json"))
                .isEqualTo(Files.readAllBytes(output.resolve("config.json")));
    }

    private static void awaitEventAfter(String id, long seen) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMillis(LIMIT_MILLIS).toNanos();
        while (lastEvent(id) <= seen) {
            assertThat(System.nanoTime()).as("an event after %d", seen).isLessThan(end);
            Thread.sleep(200);
        }
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

    /// Cells of linears that are pruned.
    private static Locator done(Page page) {
        return page.locator(".grid td[data-state='SUCCEEDED']");
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

    private static long lastEvent(String id) throws InterruptedException {
        return mesh.client.events(id).getLast().get("seq").asLong();
    }

    private static List<Integer> allEvents(String id) throws InterruptedException {
        return IntStream.rangeClosed(1, (int) lastEvent(id)).boxed().toList();
    }

    private static double perplexity(Page page) {
        return Double.parseDouble(page.locator(".figures tbody tr .figure").nth(1).textContent());
    }

    private static byte[] downloaded(Page page, String file) throws IOException {
        Download download =
                page.waitForDownload(() -> page.getByRole(AriaRole.LINK, named(file)).click());
        return Files.readAllBytes(download.path());
    }
}
