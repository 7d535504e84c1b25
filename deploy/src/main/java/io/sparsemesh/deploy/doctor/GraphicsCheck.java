package io.sparsemesh.deploy.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Whether jobs can run on an NVIDIA GPU, and why not, as the engine found when it tried.
final class GraphicsCheck {
    private static final String NAME = "gpu";
    private static final String CUDA = "cuda";
    private static final String NONE = "none (no /dev/nvidia0): jobs run on the processor";
    private static final String LIBRARIES =
            "install NVIDIA's driver and the CUDA toolkit's libraries, or name the toolkit's folder in"
                    + " SPARSEMESH_CUDA_LIBS; a container has to be given the GPU";

    private GraphicsCheck() {}

    /// @param answers of the engine, which knows of the devices it was built with; empty where the
    ///     engine could not be asked
    static Check of(Patient patient, Map<String, NativeChecks.Answer> answers) {
        String wanted = patient.variable("SPARSEMESH_DEVICE").orElse("cpu");
        return judge(isThere(), wanted, answers);
    }

    /// @param hardware whether the system shows a GPU
    /// @param wanted kind of the device that workers are to use
    static Check judge(boolean hardware, String wanted, Map<String, NativeChecks.Answer> answers) {
        if (!answers.containsKey(CUDA)) {
            return unknown(hardware, wanted);
        }
        NativeChecks.Answer cuda = answers.get(CUDA);
        if (cuda.works()) {
            return Check.ok(NAME, cuda.text() + (wanted.equals("cpu") ? unused() : ""));
        }
        if (wanted.equals(CUDA)) {
            return Check.fail(NAME, asked(cuda.text()), LIBRARIES);
        }
        return hardware
                ? Check.warn(NAME, cuda.text(), LIBRARIES)
                : Check.ok(NAME, NONE + "; " + cuda.text());
    }

    private static String unused() {
        return "; jobs use it with SPARSEMESH_DEVICE=cuda or auto";
    }

    private static String asked(String found) {
        return found + "; SPARSEMESH_DEVICE asks for cuda";
    }

    private static Check unknown(boolean hardware, String wanted) {
        String found = hardware ? "there is one; the engine could not be asked about it" : NONE;
        String advice = "start `./sparsemesh dev` once, then ask again";
        if (wanted.equals(CUDA)) {
            return Check.fail(NAME, asked(found), advice);
        }
        return hardware ? Check.warn(NAME, found, advice) : Check.ok(NAME, found);
    }

    private static boolean isThere() {
        return Files.exists(Path.of("/dev/nvidia0"))
                || Files.exists(Path.of("/proc/driver/nvidia/version"));
    }
}
