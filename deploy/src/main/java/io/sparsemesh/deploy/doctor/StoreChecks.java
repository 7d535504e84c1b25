package io.sparsemesh.deploy.doctor;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The artifact store of an installation, as its services' settings name it. What it is like is
/// told for this machine and its credentials; a service may have others.
final class StoreChecks {
    private static final String STORE = "SPARSEMESH_STORE";
    private static final String CACHE = "SPARSEMESH_STORE_CACHE";
    private static final String PROGRAM = "io.sparsemesh.artifacts.BucketCheck";

    private StoreChecks() {}

    /// Nothing where nothing is set: `dev` has its own.
    static List<Check> all(Patient patient) {
        List<Check> checks = new ArrayList<>();
        Optional<String> store = patient.variable(STORE);
        if (store.filter(place -> place.startsWith("s3:")).isPresent()) {
            checks.add(bucket(patient));
            checks.add(cache(patient));
        } else {
            store.map(StoreChecks::directory).ifPresent(checks::add);
        }
        return checks;
    }

    static Check directory(String place) {
        if (place.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
            return Check.fail(
                    "store",
                    "[%s]: expected a directory or s3://bucket/prefix, found %s"
                            .formatted(STORE, place),
                    "correct the setting");
        }
        try {
            return new FolderProbe("store", STORE, Path.of(place)).check();
        } catch (InvalidPathException e) {
            return Check.fail(
                    "store",
                    "[%s]: expected a directory, found %s".formatted(STORE, e.getMessage()),
                    "correct the setting");
        }
    }

    private static Check bucket(Patient patient) {
        Optional<String> built =
                List.of("scheduler", "layer-worker").stream()
                        .filter(patient.installation()::isBuilt)
                        .findFirst();
        if (built.isEmpty()) {
            return Check.warn(
                    "store",
                    "unknown: neither scheduler nor layer-worker is built, whose libraries ask it",
                    "`./mvnw -DskipTests package`, then ask again");
        }
        return judge(
                new Program(patient.installation(), built.get(), PROGRAM)
                        .output(patient.environment()));
    }

    /// @param output lines of [#PROGRAM], among others
    static Check judge(String output) {
        return output.lines()
                .map(line -> line.split("\t", -1))
                .filter(parts -> parts.length == 4 && parts[0].equals("store"))
                .findFirst()
                .map(
                        parts ->
                                parts[1].equals("ok")
                                        ? Check.ok("store", parts[2])
                                        : Check.fail("store", parts[2], parts[3]))
                .orElseGet(
                        () ->
                                Check.fail(
                                        "store",
                                        "the process that asks it ended early: " + output.strip(),
                                        "please report the line above"));
    }

    private static Check cache(Patient patient) {
        return patient.variable(CACHE)
                .map(folder -> new FolderProbe("store cache", CACHE, Path.of(folder)).check())
                .orElseGet(
                        () ->
                                Check.fail(
                                        "store cache",
                                        "[%s]: expected a folder for copies, found nothing"
                                                .formatted(CACHE),
                                        "set it to a folder on a disk of this machine"));
    }
}
