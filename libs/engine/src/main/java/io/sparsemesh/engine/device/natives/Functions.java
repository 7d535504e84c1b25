package io.sparsemesh.engine.device.natives;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// The functions of one library, as handles.
///
/// @param library where they are looked up
record Functions(SymbolLookup library) {

    /// @param result null where the function returns nothing
    /// @throws IllegalStateException when the library has no such function
    MethodHandle find(String name, MemoryLayout result, MemoryLayout... arguments) {
        MemorySegment address =
                library.find(name)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "the library has no function " + name));
        FunctionDescriptor type =
                result == null
                        ? FunctionDescriptor.ofVoid(arguments)
                        : FunctionDescriptor.of(result, arguments);
        return Linker.nativeLinker().downcallHandle(address, type);
    }

    /// A [MethodHandle] declares to throw anything. The calls in C throw nothing themselves, so
    /// what the callers catch is a handle of a wrong type or freed memory: a defect.
    static IllegalStateException failed(String function, Throwable cause) {
        return new IllegalStateException("call of " + function + " failed", cause);
    }
}
