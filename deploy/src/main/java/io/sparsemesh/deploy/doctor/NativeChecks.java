package io.sparsemesh.deploy.doctor;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The libraries that workers load, by a process that loads them, and graphics processors.
final class NativeChecks {
    private static final String PROGRAM = "io.sparsemesh.engine.check.NativeCheck";
    private static final String LIBRARIES = "OpenBLAS, tokenizers";

    private NativeChecks() {}

    /// What the program said of one library.
    record Answer(boolean works, String text) {}

    static List<Check> all(Patient patient) {
        List<Check> checks = new ArrayList<>();
        Map<String, Answer> answers = Map.of();
        if (patient.installation().isBuilt("layer-worker")) {
            String output =
                    new Program(patient.installation(), "layer-worker", PROGRAM)
                            .output(patient.environment());
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
}
