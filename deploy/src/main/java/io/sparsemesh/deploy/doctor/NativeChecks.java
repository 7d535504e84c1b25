package io.sparsemesh.deploy.doctor;

import io.sparsemesh.deploy.mesh.Installation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The libraries that workers load, by a process that loads them, and graphics processors.
final class NativeChecks {
    private static final String PROGRAM = "io.sparsemesh.engine.check.NativeCheck";
    private static final int LIMIT_SECONDS = 60;
    private static final String LIBRARIES = "OpenBLAS, tokenizers";

    private NativeChecks() {}

    /// What the program said of one library.
    record Answer(boolean works, String text) {}

    static List<Check> all(Patient patient) {
        List<Check> checks = new ArrayList<>();
        Map<String, Answer> answers = Map.of();
        if (patient.installation().isBuilt("layer-worker")) {
            String output = output(patient.installation());
            answers = answers(output);
            checks.add(library("openblas", answers.get("cpu"), output));
            checks.add(library("tokenizers", answers.get("tokenizers"), output));
        } else {
            checks.add(
                    Check.warn(
                            "libraries",
                            LIBRARIES + ": unknown, the layer-worker is not built",
                            "start `./sparsemesh dev` once, then ask again"));
        }
        checks.add(GraphicsCheck.of(patient, answers));
        return checks;
    }

    static Check library(String name, Answer answer, String output) {
        if (answer == null) {
            return Check.fail(
                    name,
                    "the process that loads it ended early: " + output.strip(),
                    "this processor may lack what the library needs; please report the line above");
        }
        return answer.works()
                ? Check.ok(name, answer.text())
                : Check.fail(
                        name,
                        answer.text(),
                        "is the temporary folder writable and executable, and the C library glibc"
                                + " 2.28 or newer?");
    }

    /// Lines of [#PROGRAM]; others, such as warnings, are skipped.
    static Map<String, Answer> answers(String output) {
        Map<String, Answer> answers = new LinkedHashMap<>();
        output.lines()
                .map(line -> line.split("\t", 3))
                .filter(parts -> parts.length == 3)
                .forEach(
                        parts ->
                                answers.put(parts[0], new Answer(parts[1].equals("ok"), parts[2])));
        return answers;
    }

    private static String output(Installation installation) {
        try {
            Process process =
                    new ProcessBuilder(command(installation)).redirectErrorStream(true).start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "no answer within " + LIMIT_SECONDS + " s";
            }
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static List<String> command(Installation installation) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                installation.libraries("layer-worker") + "/*",
                PROGRAM);
    }
}
