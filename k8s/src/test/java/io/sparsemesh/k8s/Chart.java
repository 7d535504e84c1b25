package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Stream;

/// The chart, as Helm sees it.
final class Chart {

    static final Path FOLDER = Repository.path("k8s/sparsemesh");

    /// The oldest that the chart takes.
    private static final String KUBERNETES = "1.30.0";

    private Chart() {}

    /// What it renders with a values file of `k8s`.
    static String render(String values) {
        return template().withValuesFile(Repository.path("k8s/" + values)).call();
    }

    /// What it renders with a values file and single values, `a.b.c` to text.
    static String render(String values, Map<String, ?> set) {
        TemplateCommand template = template().withValuesFile(Repository.path("k8s/" + values));
        set.forEach(template::set);
        return template.call();
    }

    /// With the job of the migrations as a resource like others: the library leaves hooks out.
    private static TemplateCommand template() {
        return withHooks().set("database.migrations.hook", false);
    }

    static TemplateCommand withHooks() {
        return new Helm(FOLDER)
                .template()
                .withName("sparsemesh")
                .withNamespace("sparsemesh")
                .withKubeVersion(KUBERNETES);
    }

    /// What Helm's lint says of a copy whose default values are those of a values file: lint takes
    /// none.
    static LintResult lint(Path copy, String values) throws IOException {
        copyTo(copy);
        JsonNode merged =
                Yaml.merge(
                        Yaml.one(Repository.read("k8s/sparsemesh/values.yaml")),
                        Yaml.one(Repository.read("k8s/" + values)));
        Files.writeString(copy.resolve("values.yaml"), Yaml.write(merged));
        return new Helm(copy).lint().strict().call();
    }

    static void copyTo(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = copy.resolve(FOLDER.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }
}
