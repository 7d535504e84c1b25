package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/// Brings the header of a safetensors file alone: the file has its true length and a hole where
/// the weights are, so that whoever reads names and shapes needs to know nothing of it.
final class HeaderDownload {

    private static final int LENGTH_BYTES = 8;
    private static final long MAX_HEADER = 100_000_000;

    private final Remote remote;
    private final Listing listing;
    private final RemoteFile file;

    HeaderDownload(Remote remote, Listing listing, RemoteFile file) {
        this.remote = remote;
        this.listing = listing;
        this.file = file;
    }

    void run(Path folder, SourceSettings.Retrying limits) throws IOException {
        Retries retries = new Retries(limits, listing.uri(), file.name());
        byte[] length = retries.call(() -> read(0, LENGTH_BYTES));
        long header = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long most = Math.min(MAX_HEADER, file.size() - LENGTH_BYTES);
        if (header < 0 || header > most) {
            throw new ModelSourceException(
                    Kind.UNUSABLE,
                    listing.uri(),
                    file.name(),
                    "header: expected at most %d bytes, found %d".formatted(most, header));
        }
        write(folder, length, retries.call(() -> read(LENGTH_BYTES, (int) header)));
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
