package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SequencedMap;

/// A safetensors file, mapped: opening reads only the header, tensors are views of the page
/// cache and files may be larger than the heap or 2 GiB. Safe to read from many threads.
///
/// The views live until [#close]; reading one later throws [IllegalStateException]. A file
/// must not be shortened by others while it is open.
///
/// Format: an unsigned 64-bit little-endian header length, the JSON header, the tensors'
/// bytes.
public final class SafetensorsFile implements AutoCloseable {

    static final int LENGTH_BYTES = Long.BYTES;

    private final String name;
    private final Arena arena;
    private final MemorySegment buffer;
    private final SafetensorsHeader header;
    private final long headerBytes;

    private SafetensorsFile(
            String name,
            Arena arena,
            MemorySegment buffer,
            SafetensorsHeader header,
            long headerBytes) {
        this.name = name;
        this.arena = arena;
        this.buffer = buffer;
        this.header = header;
        this.headerBytes = headerBytes;
    }

    /// Maps `path` and checks its whole header.
    ///
    /// @throws CheckpointException when the file is missing, breaks a rule of the format
    ///     or exceeds a limit
    public static SafetensorsFile open(Path path) {
        String name = path.getFileName().toString();
        if (!Files.isRegularFile(path)) {
            throw new CheckpointException(
                    name,
                    "",
                    "expected a file, found "
                            + (Files.exists(path) ? "something else" : "nothing"));
        }
        Arena arena = Arena.ofShared();
        try {
            return read(name, arena, map(path, arena));
        } catch (IOException e) {
            arena.close();
            throw new CheckpointException(name, "", "cannot be read: " + e, e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    private static SafetensorsFile read(String name, Arena arena, MemorySegment file) {
        long headerBytes = headerBytes(name, file);
        byte[] json = file.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        if (json[0] != '{') {
            throw new CheckpointException(
                    name,
                    "",
                    "expected a header that begins with '{', found byte 0x%02x".formatted(json[0]));
        }
        MemorySegment buffer = file.asSlice(LENGTH_BYTES + headerBytes);
        SafetensorsHeader header = SafetensorsHeader.parse(name, json, buffer.byteSize());
        return new SafetensorsFile(name, arena, buffer, header, headerBytes);
    }

    private static long headerBytes(String name, MemorySegment file) {
        if (file.byteSize() < LENGTH_BYTES) {
            throw new CheckpointException(
                    name,
                    "",
                    "expected at least 8 bytes of header length, found " + file.byteSize());
        }
        long length = file.get(FloatConversion.LONG_LE, 0);
        if (Long.compareUnsigned(length, 2) < 0
                || Long.compareUnsigned(length, Limits.HEADER_BYTES) > 0) {
            throw new CheckpointException(
                    name,
                    "",
                    "expected a header of 2 to %d bytes, found a length of %s"
                            .formatted(Limits.HEADER_BYTES, Long.toUnsignedString(length)));
        }
        if (length > file.byteSize() - LENGTH_BYTES) {
            throw new CheckpointException(
                    name,
                    "",
                    "truncated: expected a header of %d bytes, found %d"
                            .formatted(length, file.byteSize() - LENGTH_BYTES));
        }
        return length;
    }

    /// File name, without folder.
    public String name() {
        return name;
    }

    long headerBytes() {
        return headerBytes;
    }

    /// What the header says of each tensor, by name, in the header's order.
    public SequencedMap<String, TensorInfo> tensors() {
        return header.tensors();
    }

    /// Entries of `__metadata__`, such as `format` = `pt`.
    public SequencedMap<String, String> metadata() {
        return header.metadata();
    }

    /// A view of one tensor, without copying.
    ///
    /// @throws CheckpointException when the file has no tensor of that name
    public Tensor tensor(String tensor) {
        TensorInfo info = header.tensors().get(tensor);
        if (info == null) {
            throw new CheckpointException(
                    name,
                    tensor,
                    "not in this file of %d tensors".formatted(header.tensors().size()));
        }
        return new Tensor(
                tensor, info.dtype(), info.shape(), buffer.asSlice(info.begin(), info.byteSize()));
    }

    /// Unmaps the file; its tensors can no longer be read. Closing again does nothing.
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
