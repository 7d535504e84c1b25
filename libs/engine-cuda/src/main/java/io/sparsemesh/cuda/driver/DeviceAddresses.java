package io.sparsemesh.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Makes segments of addresses that mean nothing to the host. They can be sliced; to touch them
/// throws a [WrongThreadException] instead of ending the process, for they belong to the thread
/// that made them, which is gone.
final class DeviceAddresses implements Runnable {

    private MemorySegment made;

    /// A segment of all addresses.
    static MemorySegment all() {
        DeviceAddresses addresses = new DeviceAddresses();
        Thread owner = Thread.ofPlatform().start(addresses);
        try {
            owner.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while opening a device", e);
        }
        return addresses.made;
    }

    @Override
    public void run() {
        made = MemorySegment.NULL.reinterpret(Long.MAX_VALUE, Arena.ofConfined(), null);
    }
}
