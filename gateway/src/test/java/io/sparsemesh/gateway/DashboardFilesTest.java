package io.sparsemesh.gateway;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The dashboard's files as browsers get them, and what none of them may hold.
@QuarkusTest
@WithTestResource(GatewayServers.class)
class DashboardFilesTest {

    private static final Path RESOURCES = Path.of("src/main/resources/META-INF/resources");
    private static final Pattern IMPORT = Pattern.compile("from '([^']+)'");
    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");

    private static final String SVG_NAMESPACE = "http://www.w3.org/2000/svg";

    /// What would ask other hosts, run data as code, or show it as markup.
    private static final Pattern UNSAFE =
            Pattern.compile(
                    "https?:|innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new"
                            + " Function|setAttribute\\('style'|localStorage");

    @Test
    void thePageAndItsFilesAreServedStrictlyAndFresh() {
        List<String> paths = paths(".html", ".js", ".css", ".svg");
        assertThat(paths).contains("/index.html", "/ui/main.js", "/ui/css/base.css");

        for (String path : Stream.concat(Stream.of("/"), paths.stream()).toList()) {
            Response answer = given().get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.header("Content-Security-Policy"))
                    .as(path)
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                    .doesNotContain("unsafe");
            assertThat(answer.header("Cache-Control")).as(path).isEqualTo("no-cache");
            assertThat(answer.header("X-Content-Type-Options")).as(path).isEqualTo("nosniff");
            assertThat(answer.contentType()).as(path).startsWith(type(path));
        }
    }

    private static String type(String path) {
        return switch (path.substring(path.lastIndexOf('.') + 1)) {
            case "js" -> "text/javascript";
            case "css" -> "text/css";
            case "svg" -> "image/svg+xml";
            default -> "text/html";
        };
    }

    @Test
    void aFileThatDidNotChangeIsNotSentAgain() {
        String modified = given().get("/ui/main.js").header("Last-Modified");

        Response again = given().header("If-Modified-Since", modified).get("/ui/main.js");

        assertThat(again.statusCode()).isEqualTo(304);
    }

    @Test
    void everyImportAndLinkIsServedFromHere() {
        List<String> targets =
                Stream.concat(
                                matches(".js", IMPORT).map(DashboardFilesTest::resolved),
                                matches(".html", LINK))
                        .distinct()
                        .toList();
        assertThat(targets)
                .contains("/webjars/uplot/dist/uPlot.esm.js", "/ui/main.js")
                .allMatch(target -> target.startsWith("/"));

        for (String target : targets) {
            assertThat(given().get(target).statusCode()).as(target).isEqualTo(200);
        }
    }

    /// Modules of the page lie in one folder.
    private static String resolved(String target) {
        return target.startsWith("./") ? "/ui" + target.substring(1) : target;
    }

    @Test
    void noFileHoldsInlineCodeOrTurnsDataIntoMarkup() {
        String page = read(RESOURCES.resolve("index.html"));
        assertThat(page).doesNotContainPattern("<script(?![^>]*\\bsrc=)");
        assertThat(page).doesNotContainPattern("\\s(style|on[a-z]+)=");

        for (String path : paths(".js")) {
            String module = read(RESOURCES.resolve(path.substring(1))).replace(SVG_NAMESPACE, "");
            assertThat(UNSAFE.matcher(module).results().map(MatchResult::group)).as(path).isEmpty();
        }
    }

    private static Stream<String> matches(String ending, Pattern pattern) {
        return paths(ending).stream()
                .map(path -> read(RESOURCES.resolve(path.substring(1))))
                .flatMap(text -> pattern.matcher(text).results())
                .map(match -> match.group(1));
    }

    private static List<String> paths(String... endings) {
        try (Stream<Path> files = Files.walk(RESOURCES)) {
            return files.map(file -> "/" + RESOURCES.relativize(file))
                    .filter(path -> Stream.of(endings).anyMatch(path::endsWith))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
