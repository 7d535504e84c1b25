package io.sparsemesh.deploy.doctor;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Whether jobs could run on an NVIDIA GPU, and why not.
final class GraphicsCheck {
    private static final String NAME = "gpu";
    private static final String CUDA = "cuda";
    private static final String DRIVER = "libcuda.so.1";

    /// Of CUDA 12 and 13: the mathematics that a device needs besides the driver.
    private static final List<List<String>> MATHEMATICS =
            List.of(
                    List.of("libcublas.so.12", "libcublas.so.13"),
                    List.of("libcusolver.so.11", "libcusolver.so.12"));

    private GraphicsCheck() {}

    /// What there is of a GPU on a machine.
    ///
    /// @param hardware whether the system shows one
    /// @param driver whether the driver's library loads
    /// @param missing libraries that do not load, the newest or an older one of each
    record Found(boolean hardware, boolean driver, List<String> missing) {}

    /// @param answers of the engine, which knows of the devices it was built with
    static Check of(Patient patient, Map<String, NativeChecks.Answer> answers) {
        boolean wanted = patient.variable("SPARSEMESH_DEVICE").filter(CUDA::equals).isPresent();
        Check check = judge(look(), answers);
        return wanted && check.level() != Check.Level.OK || wanted && !works(answers)
                ? Check.fail(
                        NAME,
                        check.found() + "; SPARSEMESH_DEVICE asks for cuda",
                        check.advice().isEmpty() ? "unset SPARSEMESH_DEVICE" : check.advice())
                : check;
    }

    private static boolean works(Map<String, NativeChecks.Answer> answers) {
        return answers.containsKey(CUDA) && answers.get(CUDA).works();
    }

    static Check judge(Found found, Map<String, NativeChecks.Answer> answers) {
        if (!found.hardware()) {
            return Check.ok(NAME, "none (no /dev/nvidia0): jobs run on the processor");
        }
        if (!found.driver()) {
            return Check.warn(
                    NAME,
                    "there is one, but " + DRIVER + " does not load",
                    "install NVIDIA's driver, or in a container give it the GPU");
        }
        if (!answers.containsKey(CUDA)) {
            return Check.warn(
                    NAME,
                    "there is one, but this build has no CUDA device: jobs run on the processor",
                    "nothing to do; README, \"Limits\"");
        }
        if (works(answers)) {
            return Check.ok(NAME, answers.get(CUDA).text());
        }
        String missing = found.missing().isEmpty() ? "" : "; missing: " + found.missing();
        return Check.warn(
                NAME,
                answers.get(CUDA).text() + missing,
                "install the CUDA toolkit's libraries, or put them on LD_LIBRARY_PATH");
    }

    private static Found look() {
        boolean hardware =
                Files.exists(Path.of("/dev/nvidia0"))
                        || Files.exists(Path.of("/proc/driver/nvidia/version"));
        List<String> missing =
                MATHEMATICS.stream()
                        .filter(names -> names.stream().noneMatch(GraphicsCheck::loads))
                        .map(names -> String.join(" or ", names))
                        .toList();
        return new Found(hardware, loads(DRIVER), missing);
    }

    private static boolean loads(String library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException notFound) {
            return false;
        }
    }
}
