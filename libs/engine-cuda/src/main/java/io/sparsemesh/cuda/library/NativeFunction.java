package io.sparsemesh.cuda.library;

import io.sparsemesh.engine.device.DeviceException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// A function of a library of CUDA, all of which return a status.
public final class NativeFunction {

    private final MethodHandle handle;

    private NativeFunction(MethodHandle handle) {
        this.handle = handle;
    }

    /// @param arguments layouts of its parameters, in the order of its C prototype
    /// @throws DeviceException when the library has no such function
    public static NativeFunction of(
            CudaLibraries.Found library, String name, ValueLayout... arguments) {
        MethodHandle handle =
                library.symbols()
                        .find(name)
                        .map(
                                address ->
                                        Linker.nativeLinker()
                                                .downcallHandle(
                                                        address,
                                                        FunctionDescriptor.of(
                                                                ValueLayout.JAVA_INT, arguments)))
                        .orElseThrow(
                                () ->
                                        new DeviceException(
                                                "open cuda",
                                                0,
                                                "%s: expected a function %s, found none"
                                                        .formatted(library.place(), name)));
        return new NativeFunction(handle);
    }

    /// The handle, to be called with `invokeExact` and checked with the caller's own status texts.
    public MethodHandle handle() {
        return handle;
    }

    /// What to throw for what a call threw. `invokeExact` declares any [Throwable], which a
    /// function of C never throws: all that comes is an error of this process, or of the arguments.
    ///
    /// @param function that was called, for the message
    public static RuntimeException thrown(String function, Throwable e) {
        return switch (e) {
            case Error error -> throw error;
            case RuntimeException known -> known;
            default -> new DeviceException(function, 0, "could not be called: " + e, e);
        };
    }
}
