package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/// Brings the header of a safetensors file alone: the file has its true length and a hole where
/// the weights are, so that whoever reads names and shapes needs to know nothing of it.
final class HeaderDownload {

    private static final int LENGTH_BYTES = 8;

    private final Remote remote;
    private final Listing listing;
    private final RemoteFile file;
    private final long before;

    /// @param before bytes of headers that the model's other files have brought
    HeaderDownload(Remote remote, Listing listing, RemoteFile file, long before) {
        this.remote = remote;
        this.listing = listing;
        this.file = file;
        this.before = before;
    }

    /// @return bytes of the header
    /// @throws ModelSourceException if it is longer than the file, or the model's headers together
    ///     are longer than they may be
    long run(Path folder, SourceSettings.Retrying limits) throws IOException {
        Retries retries = new Retries(limits, listing.uri(), file.name());
        byte[] length = retries.call(() -> read(0, LENGTH_BYTES));
        long header = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
        requireBounded(header);
        write(folder, length, retries.call(() -> read(LENGTH_BYTES, (int) header)));
        return header;
    }

    /// Bytes of a file that was made here, without its hole.
    static long bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] length = in.readNBytes(LENGTH_BYTES);
            long header =
                    length.length < LENGTH_BYTES
                            ? 0
                            : ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
            return length.length + Math.clamp(header, 0, Limits.HEADER_BYTES);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private void requireBounded(long header) {
        long most = Math.min(Limits.HEADER_BYTES, file.size() - LENGTH_BYTES);
        if (header < 0 || header > most) {
            throw fault("header: expected at most %d bytes, found %d".formatted(most, header));
        }
        if (before + header > Limits.HEADER_BYTES) {
            throw fault(
                    "expected headers of at most %d bytes in all shards up to here, found %d"
                            .formatted(Limits.HEADER_BYTES, before + header));
        }
    }

    private ModelSourceException fault(String detail) {
        return new ModelSourceException(Kind.UNUSABLE, listing.uri(), file.name(), detail);
    }

    private byte[] read(long from, int count) throws IOException {
        if (count == 0) {
            return new byte[0];
        }
        try (Remote.Body body =
                remote.open(listing, file, from, OptionalLong.of(count), Optional.empty())) {
            if (body.size().isPresent() && body.size().getAsLong() != file.size()) {
                throw new IOException(
                        "expected %d bytes, found %d"
                                .formatted(file.size(), body.size().getAsLong()));
            }
            if (body.start() > from) {
                throw new RangeException(
                        "expected bytes from %d on, found %d".formatted(from, body.start()));
            }
            body.stream().skipNBytes(from - body.start());
            byte[] bytes = body.stream().readNBytes(count);
            if (bytes.length < count) {
                throw new IOException(
                        "header: connection cut: expected %d bytes, found %d"
                                .formatted(count, bytes.length));
            }
            return bytes;
        }
    }

    private void write(Path folder, byte[] length, byte[] header) throws IOException {
        Path path = folder.resolve(file.name());
        try (FileChannel out =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SPARSE)) {
            writeAll(out, ByteBuffer.wrap(length));
            writeAll(out, ByteBuffer.wrap(header));
            if (out.position() < file.size()) {
                out.write(ByteBuffer.wrap(new byte[1]), file.size() - 1);
            }
            out.force(true);
        }
    }

    /// A write may take a part only.
    private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }
}
