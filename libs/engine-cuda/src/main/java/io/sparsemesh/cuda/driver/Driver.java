package io.sparsemesh.cuda.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.library.NativeFunction;
import io.sparsemesh.engine.device.DeviceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/// The driver of CUDA. It is asked through the Foreign Function API first, whether it is there and
/// has a device: what JCuda says when it is not is a [LinkageError] without a reason.
public final class Driver {

    private static final String FOLDER_PROPERTY = "java.io.tmpdir";

    private static boolean loaded;

    private Driver() {}

    /// Number of GPUs that this process may use.
    ///
    /// @throws DeviceException when there is no driver, or it cannot be used, with the reason
    public static int devices() {
        CudaLibraries.Found library = CudaLibraries.driver();
        NativeFunction init = NativeFunction.of(library, "cuInit", JAVA_INT);
        NativeFunction count = NativeFunction.of(library, "cuDeviceGetCount", ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment found = arena.allocate(JAVA_INT);
            check(library, "cuInit", (int) init.handle().invokeExact(0));
            check(library, "cuDeviceGetCount", (int) count.handle().invokeExact(found));
            return found.get(JAVA_INT, 0);
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("open cuda", e);
        }
    }

    private static void check(CudaLibraries.Found library, String function, int status) {
        if (status != 0) {
            throw new DeviceException(
                    "open cuda",
                    status,
                    "%s of %s: expected status 0, found %d%s"
                            .formatted(function, library.place(), status, meaning(status)));
        }
    }

    /// Of the statuses that a machine without a usable GPU gives.
    private static String meaning(int status) {
        return switch (status) {
            case 100 -> ", no GPU is there or visible";
            case 803 -> ", the driver's library and its kernel module do not fit";
            case 999 -> ", unknown to the driver";
            default -> "";
        };
    }

    /// Loads JCuda, and says so when that cannot be.
    static synchronized void load() {
        if (loaded) {
            return;
        }
        String before = System.getProperty(FOLDER_PROPERTY);
        try {
            // JCuda unpacks its library to a file of a fixed name there, or loads what it finds.
            Path own = Files.createTempDirectory("sparsemesh-jcuda");
            own.toFile().deleteOnExit();
            System.setProperty(FOLDER_PROPERTY, own.toString());
            JCudaDriver.setExceptionsEnabled(false);
            Status.check("cuInit", JCudaDriver.cuInit(0));
            loaded = true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (LinkageError e) {
            throw new DeviceException("open cuda", 0, "JCuda could not be loaded: " + e, e);
        } finally {
            System.setProperty(FOLDER_PROPERTY, before);
        }
    }
}
