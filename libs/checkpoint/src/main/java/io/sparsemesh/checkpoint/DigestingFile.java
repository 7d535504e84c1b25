package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// A new file that digests what is written to it.
final class DigestingFile implements AutoCloseable {

    private static final int PIECE = 1 << 18;

    private final FileChannel channel;
    private final MessageDigest digest = FileDigest.newSha256();
    private final byte[] piece = new byte[PIECE];
    private long size;

    /// @throws IOException when the file exists or cannot be created
    DigestingFile(Path path) throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    void write(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize(); done += PIECE) {
            int n = (int) Math.min(PIECE, bytes.byteSize() - done);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, done, piece, 0, n);
            digest.update(piece, 0, n);
            ByteBuffer rest = ByteBuffer.wrap(piece, 0, n);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
            size += n;
        }
    }

    /// Writes everything to the disk.
    void sync() throws IOException {
        channel.force(true);
    }

    /// The digest of all that was written, once, under the name the file is to have.
    FileDigest digest(String name) {
        return new FileDigest(name, size, FileDigest.hex(digest));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
