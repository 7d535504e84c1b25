package io.sparsemesh.engine.check;

import io.sparsemesh.engine.device.Device;
import io.sparsemesh.engine.device.DeviceException;
import io.sparsemesh.engine.device.DeviceProvider;
import io.sparsemesh.engine.device.Devices;
import io.sparsemesh.engine.tokenizer.NativeTokenizers;
import java.io.PrintStream;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/// Loads everything native that a worker needs, in a process of its own, since a broken library may
/// end the process. Prints a line for each: name, `ok` or `fault`, and what was found, with tabs
/// between them: `cpu`, `tokenizers`, and each further kind of device on the class path.
public final class NativeCheck {

    private NativeCheck() {}

    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        out.println(line("cpu", () -> open("cpu")));
        out.println(line("tokenizers", NativeCheck::tokenizers));
        for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class)) {
            out.println(line(provider.kind(), () -> open(provider.kind())));
        }
    }

    static String line(String name, Supplier<String> check) {
        try {
            return name + "\tok\t" + oneLine(check.get());
        } catch (DeviceException e) {
            return name + "\tfault\t" + oneLine(e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            return name + "\tfault\t" + oneLine(e.toString());
        }
    }

    private static String open(String kind) {
        try (Device device = Devices.open(kind, 1)) {
            return device.name();
        }
    }

    private static String tokenizers() {
        NativeTokenizers.require();
        return "loaded";
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
