package io.sparsemesh.artifacts;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Held by one thread of one process of this machine: the file keeps out other processes, the lock
/// in memory other threads, which a file lock does not. A process that ends lets go of it.
final class MachineLock implements AutoCloseable {

    private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

    private final ReentrantLock thread;
    private final FileChannel file;

    private MachineLock(ReentrantLock thread, FileChannel file) {
        this.thread = thread;
        this.file = file;
    }

    /// Waits until nobody else holds it.
    static MachineLock of(Path path) throws IOException {
        ReentrantLock thread = THREADS.computeIfAbsent(path, _ -> new ReentrantLock());
        thread.lock();
        FileChannel file = null;
        try {
            file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            file.lock();
            return new MachineLock(thread, file);
        } catch (IOException | RuntimeException e) {
            if (file != null) {
                file.close();
            }
            thread.unlock();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } finally {
            thread.unlock();
        }
    }
}
