package io.sparsemesh.cuda.nvrtc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparsemesh.cuda.library.CudaLibraries;
import io.sparsemesh.cuda.library.NativeFunction;
import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// CUDA's compiler as a library: the functions of `nvrtc.h` that are used here.
public final class Nvrtc {

    private final CudaLibraries.Found library;
    private final NativeFunction create;
    private final NativeFunction compile;
    private final NativeFunction cubinSize;
    private final NativeFunction cubin;
    private final NativeFunction logSize;
    private final NativeFunction log;
    private final NativeFunction destroy;
    private final NativeFunction version;

    /// @throws DeviceException when the library cannot be loaded, with the places that were tried
    public Nvrtc() {
        library = CudaLibraries.toolkit("nvrtc");
        create =
                function(
                        "nvrtcCreateProgram",
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS);
        compile = function("nvrtcCompileProgram", ADDRESS, JAVA_INT, ADDRESS);
        cubinSize = function("nvrtcGetCUBINSize", ADDRESS, ADDRESS);
        cubin = function("nvrtcGetCUBIN", ADDRESS, ADDRESS);
        logSize = function("nvrtcGetProgramLogSize", ADDRESS, ADDRESS);
        log = function("nvrtcGetProgramLog", ADDRESS, ADDRESS);
        destroy = function("nvrtcDestroyProgram", ADDRESS);
        version = function("nvrtcVersion", ADDRESS, ADDRESS);
    }

    private NativeFunction function(String name, ValueLayout... arguments) {
        return NativeFunction.of(library, name, arguments);
    }

    /// Its version and where it lies, such as `13.0 of libnvrtc.so.13`.
    public String version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment major = arena.allocate(JAVA_INT);
            MemorySegment minor = arena.allocate(JAVA_INT);
            check("nvrtcVersion", (int) version.handle().invokeExact(major, minor));
            return "%d.%d of %s"
                    .formatted(major.get(JAVA_INT, 0), minor.get(JAVA_INT, 0), library.place());
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("nvrtcVersion", e);
        }
    }

    /// Compiles a source to a cubin.
    ///
    /// @param name of the source, for messages
    /// @param architecture such as `sm_90`
    /// @throws DeviceException with the compiler's log when it does not compile
    public byte[] compile(String name, String source, String architecture) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(ADDRESS);
            int status =
                    (int)
                            create.handle()
                                    .invokeExact(
                                            program,
                                            arena.allocateFrom(source),
                                            arena.allocateFrom(name),
                                            0,
                                            MemorySegment.NULL,
                                            MemorySegment.NULL);
            check("nvrtcCreateProgram", status);
            try {
                return compile(arena, program.get(ADDRESS, 0), name, architecture);
            } finally {
                int _ = (int) destroy.handle().invokeExact(program);
            }
        } catch (Throwable e) { // invokeExact declares it
            throw NativeFunction.thrown("nvrtcCompileProgram", e);
        }
    }

    private byte[] compile(Arena arena, MemorySegment program, String name, String architecture)
            throws Throwable {
        List<String> options =
                List.of(
                        "--gpu-architecture=" + architecture,
                        "--std=c++17",
                        "--extra-device-vectorization");
        MemorySegment list = arena.allocate(ADDRESS, options.size());
        for (int i = 0; i < options.size(); i++) {
            list.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
        }
        int status = (int) compile.handle().invokeExact(program, options.size(), list);
        if (status != 0) {
            throw new DeviceException(
                    "nvrtcCompileProgram",
                    status,
                    "%s for %s: %s".formatted(name, architecture, log(arena, program)));
        }
        MemorySegment size = arena.allocate(JAVA_LONG);
        check("nvrtcGetCUBINSize", (int) cubinSize.handle().invokeExact(program, size));
        MemorySegment image = arena.allocate(size.get(JAVA_LONG, 0));
        check("nvrtcGetCUBIN", (int) cubin.handle().invokeExact(program, image));
        return image.toArray(JAVA_BYTE);
    }

    private String log(Arena arena, MemorySegment program) throws Throwable {
        MemorySegment size = arena.allocate(JAVA_LONG);
        check("nvrtcGetProgramLogSize", (int) logSize.handle().invokeExact(program, size));
        MemorySegment text = arena.allocate(size.get(JAVA_LONG, 0) + 1);
        check("nvrtcGetProgramLog", (int) log.handle().invokeExact(program, text));
        return text.getString(0).strip();
    }

    private void check(String function, int status) {
        if (status != 0) {
            throw new DeviceException(
                    function,
                    status,
                    "%s: expected status 0, found %d".formatted(library.place(), status));
        }
    }
}
