package io.sparsemesh.engine.device.natives;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// The signals of a thread on Linux, to be held back while it runs code whose stack pointer points
/// elsewhere than into its stack: a handler would write into whatever lies there.
final class Signals {

    /// `SIG_BLOCK` and `SIG_SETMASK` of `signal.h`.
    private static final int BLOCK = 0;

    private static final int SET = 2;

    /// `SIGILL`, `SIGTRAP`, `SIGBUS`, `SIGFPE` and `SIGSEGV`, which the code itself causes.
    private static final List<Integer> FAULTS = List.of(4, 5, 7, 8, 11);

    /// Bytes of a `sigset_t`.
    private static final long SET_SIZE = 128;

    private final MethodHandle setMask;
    private final MemorySegment others;
    private final ThreadLocal<MemorySegment> before =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SET_SIZE, Long.BYTES));

    Signals() {
        Functions functions = new Functions(Linker.nativeLinker().defaultLookup());
        // int pthread_sigmask(int how, const sigset_t *set, sigset_t *oldset)
        setMask = functions.find("pthread_sigmask", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        // int sigfillset(sigset_t *set), int sigdelset(sigset_t *set, int signum)
        MethodHandle fill = functions.find("sigfillset", JAVA_INT, ADDRESS);
        MethodHandle delete = functions.find("sigdelset", JAVA_INT, ADDRESS, JAVA_INT);
        others = Arena.global().allocate(SET_SIZE, Long.BYTES);
        try {
            int failed = (int) fill.invokeExact(others);
            for (int fault : FAULTS) {
                failed |= (int) delete.invokeExact(others, fault);
            }
            check("sigfillset", failed);
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("sigfillset", e);
        }
    }

    /// Holds back all signals of this thread but faults.
    ///
    /// @return what [#restore] takes, valid until the next call on this thread
    MemorySegment hold() {
        MemorySegment mask = before.get();
        set(BLOCK, others, mask);
        return mask;
    }

    /// Lets those through again that were let through before [#hold].
    void restore(MemorySegment mask) {
        set(SET, mask, MemorySegment.NULL);
    }

    private void set(int how, MemorySegment mask, MemorySegment old) {
        try {
            check("pthread_sigmask", (int) setMask.invokeExact(how, mask, old));
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            // A method handle's call declares Throwable; the C function throws nothing.
            throw Functions.failed("pthread_sigmask", e);
        }
    }

    private static void check(String function, int status) {
        if (status != 0) {
            throw new IllegalStateException("%s: status %d".formatted(function, status));
        }
    }
}
