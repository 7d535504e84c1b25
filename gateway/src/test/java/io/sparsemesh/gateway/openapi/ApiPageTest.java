package io.sparsemesh.gateway.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/api.md` and `docs/openapi.yaml` have the same operations.
class ApiPageTest {

    private static final Path PAGE = Path.of("..", "docs", "api.md");
    private static final Pattern CALL = Pattern.compile("`([A-Z]+) (/v1/[^\\s`?]*)");
    private static final Pattern PATH = Pattern.compile("/v1/[\\w{}$:./-]*[\\w}]");

    /// Ids in examples stand for any.
    private static final Pattern ID = Pattern.compile("\\$ID|(?<=/jobs/)[0-9a-z]{26}\\b");

    private static String page() throws IOException {
        return ID.matcher(Files.readString(PAGE)).replaceAll("{id}");
    }

    private static Set<String> found(Pattern pattern, String text, int... groups) {
        return pattern.matcher(text)
                .results()
                .map(result -> joined(result, groups))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String joined(MatchResult result, int... groups) {
        return Arrays.stream(groups).mapToObj(result::group).collect(Collectors.joining(" "));
    }

    @Test
    void everyOperationIsOnThePageAndNoOther() throws IOException {
        List<ApiOperation> operations = ApiOperation.all(StoredDocument.read());
        Set<String> calls =
                operations.stream()
                        .map(operation -> operation.method() + " " + operation.path())
                        .collect(Collectors.toSet());

        assertThat(found(CALL, page(), 1, 2)).containsExactlyInAnyOrderElementsOf(calls);
    }

    @Test
    void everyPathOfThePageIsInTheDocument() throws IOException {
        Set<String> paths =
                ApiOperation.all(StoredDocument.read()).stream()
                        .map(ApiOperation::path)
                        .collect(Collectors.toSet());

        assertThat(found(PATH, page(), 0)).isSubsetOf(paths).hasSizeGreaterThan(5);
    }
}
