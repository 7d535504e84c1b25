package io.sparsemesh.deploy.mesh;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Request;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// This machine's Chromium with the dashboard open, and a record of what must not happen there:
/// errors, violations of the content security policy, requests to other hosts.
final class DashboardBrowser implements AutoCloseable {

    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final List<String> QUIET =
            List.of(
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync");

    private final URI gateway;
    private final Playwright playwright;
    private final Browser browser;
    private final List<String> troubles = new ArrayList<>();
    private boolean cut;
    private String other = "";

    private DashboardBrowser(URI gateway) {
        this.gateway = gateway;
        this.playwright =
                Playwright.create(
                        new Playwright.CreateOptions()
                                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        this.browser =
                playwright
                        .chromium()
                        .launch(
                                new BrowserType.LaunchOptions()
                                        .setExecutablePath(CHROMIUM)
                                        .setHeadless(true)
                                        .setArgs(QUIET));
    }

    /// Tests are skipped where there is no Chromium.
    static void require() {
        assumeTrue(Files.isExecutable(CHROMIUM), "skipped: no Chromium at " + CHROMIUM);
    }

    static DashboardBrowser start(URI gateway) {
        return new DashboardBrowser(gateway);
    }

    /// Opens a page in a session of its own.
    ///
    /// @param hash address of the page, such as `#/jobs`
    Page open(String hash, int width) {
        BrowserContext session =
                browser.newContext(new Browser.NewContextOptions().setViewportSize(width, 900));
        Page page = session.newPage();
        watch(page);
        page.navigate(gateway.resolve("/").toString() + hash);
        return page;
    }

    /// A page with nothing in it yet.
    Page blank(int width) {
        Page page = browser.newPage(new Browser.NewPageOptions().setViewportSize(width, 900));
        watch(page);
        return page;
    }

    private void watch(Page page) {
        page.onConsoleMessage(this::heard);
        page.onPageError(error -> troubles.add("page error: " + error));
        page.onRequest(this::asked);
    }

    private void heard(ConsoleMessage message) {
        boolean cutOff = cut && message.text().startsWith("Failed to load resource");
        if (message.type().equals("error") && !cutOff) {
            troubles.add("console: " + message.text());
        }
    }

    private void asked(Request request) {
        URI uri = URI.create(request.url());
        boolean ours =
                "blob".equals(uri.getScheme())
                        || gateway.getAuthority().equals(uri.getAuthority())
                        || request.isNavigationRequest() && other.equals(uri.getAuthority());
        if (!ours) {
            troubles.add("request to another host: " + uri);
        }
    }

    /// From now on resources that fail to load are no trouble: the test cuts the connection, or
    /// asks for what is refused.
    void expectFailedRequests() {
        cut = true;
    }

    /// From now on the browser may go to another host, whose files are kept: the page itself must
    /// not load from there.
    void expectDownloadsFrom(URI host) {
        other = host.getAuthority();
    }

    /// What happened since the last call.
    List<String> troubles() {
        List<String> found = List.copyOf(troubles);
        troubles.clear();
        cut = false;
        return found;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
