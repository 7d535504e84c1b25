package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A new file that digests what is written to it: each piece on a thread of its own while the piece
/// is written, for a digest takes as long.
final class DigestingFile implements AutoCloseable {

    /// To hand a piece over wakes a thread, which costs little beside digesting that much.
    private static final int PIECE = 1 << 20;

    private final FileChannel channel;
    private final MessageDigest digest = FileDigest.newSha256();
    private final ExecutorService digester =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    private final Piece[] pieces = {new Piece(), new Piece()};
    private int turn;
    private long size;

    /// Bytes, and when they are digested.
    private static final class Piece {
        private final byte[] bytes = new byte[PIECE];
        private CompletableFuture<Void> digested = CompletableFuture.completedFuture(null);
    }

    /// @throws IOException when the file exists or cannot be created
    DigestingFile(Path path) throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void write(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); done += PIECE) {
            int n = (int) Math.min(PIECE, bytes.byteSize() - done);
            Piece piece = pieces[turn++ % pieces.length];
            piece.digested.join();
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, done, piece.bytes, 0, n);
            piece.digested =
                    CompletableFuture.runAsync(() -> digest.update(piece.bytes, 0, n), digester);
            // From native memory the system copies; what is on the heap the JVM copies once more.
            writeFully(
                    bytes.isNative()
                            ? bytes.asSlice(done, n).asByteBuffer()
                            : ByteBuffer.wrap(piece.bytes, 0, n));
            size += n;
        }
    }

    private void writeFully(ByteBuffer rest) throws IOException {
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }

    /// Writes everything to the disk.
    void sync() throws IOException {
        channel.force(true);
    }

    /// The digest of all that was written, once, under the name the file is to have.
    FileDigest digest(String name) {
        for (Piece piece : pieces) {
            piece.digested.join();
        }
        return new FileDigest(name, size, FileDigest.hex(digest));
    }

    @Override
    public void close() throws IOException {
        digester.close();
        channel.close();
    }
}
