package io.sparsemesh.checkpoint;

import java.util.concurrent.atomic.LongAdder;

/// How many bytes of tensors this process has taken out of mapped files, to convert, copy or
/// compare them: what the operating system cannot say of mapped memory.
public final class BytesRead {

    private static final LongAdder TOTAL = new LongAdder();

    private BytesRead() {}

    static void add(long bytes) {
        TOTAL.add(bytes);
    }

    /// Since the process began.
    public static long total() {
        return TOTAL.sum();
    }
}
