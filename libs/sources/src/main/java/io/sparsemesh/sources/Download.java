package io.sparsemesh.sources;

import io.sparsemesh.sources.ModelSourceException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/// Brings one file to a folder: goes on where an earlier attempt, of whichever process, was cut,
/// and gives the file its name only when size and checksum are those of the listing.
final class Download {

    /// Copies that may turn out wrong before the fault is the server's.
    private static final int COPIES = 3;

    private final Remote remote;
    private final Listing listing;
    private final RemoteFile file;
    private final Path target;
    private final Path partial;
    private final Path tag;
    private final Retries retries;
    private int wrongCopies;

    Download(
            Remote remote,
            Listing listing,
            RemoteFile file,
            Path folder,
            SourceSettings.Retrying limits) {
        this.remote = remote;
        this.listing = listing;
        this.file = file;
        this.target = folder.resolve(file.name());
        this.partial = folder.resolve(file.name() + ".partial");
        this.tag = folder.resolve(file.name() + ".tag");
        this.retries = new Retries(limits, listing.uri(), file.name());
    }

    /// @throws ModelSourceException if the file cannot be had
    void run() throws IOException {
        while (!Files.exists(target)) {
            long before = here();
            try {
                Optional<String> fault = before < file.size() ? transfer(before) : Optional.empty();
                finishOr(fault.or(this::mismatch));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } catch (RangeException e) {
                discard();
                retries.pauseAfter(e);
            } catch (IOException e) {
                if (here() > before) {
                    retries.progressed();
                }
                retries.pauseAfter(e);
            }
        }
    }

    private long here() throws IOException {
        return Files.exists(partial) ? Files.size(partial) : 0;
    }

    /// Returns what is wrong with the bytes that came, if anything.
    ///
    /// @throws UncheckedIOException if the disk fails, [IOException] if the net does
    private Optional<String> transfer(long here) throws IOException {
        Optional<String> known =
                Files.exists(tag) ? Optional.of(Files.readString(tag)) : Optional.empty();
        try (Remote.Body body = remote.open(listing, file, here, OptionalLong.empty(), known)) {
            if (body.size().isPresent() && body.size().getAsLong() != file.size()) {
                return Optional.of(sizes(body.size().getAsLong()));
            }
            if (body.start() != 0 && body.start() != here) {
                throw new RangeException(
                        "expected bytes from %d on, found %d".formatted(here, body.start()));
            }
            remember(body.tag());
            return append(body.stream(), body.start());
        }
    }

    private void remember(Optional<String> given) {
        try {
            if (given.isPresent()) {
                Files.writeString(tag, given.get());
            } else {
                Files.deleteIfExists(tag);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<String> append(InputStream in, long start) throws IOException {
        try (FileChannel out = open(start)) {
            byte[] buffer = new byte[1 << 16];
            long size = start;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                size += n;
                if (size > file.size()) {
                    return Optional.of(sizes(size) + " or more");
                }
                write(out, ByteBuffer.wrap(buffer, 0, n));
            }
            sync(out);
            if (size < file.size()) {
                throw new IOException("connection cut: " + sizes(size));
            }
            return Optional.empty();
        }
    }

    private FileChannel open(long start) {
        try {
            FileChannel out =
                    FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            return out.truncate(start).position(start);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sync(FileChannel out) {
        try {
            out.force(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<String> mismatch() {
        try {
            if (file.size() == 0 && !Files.exists(partial)) {
                Files.createFile(partial);
            }
            if (here() != file.size()) {
                return Optional.of(sizes(here()));
            }
            if (file.checksum().isEmpty()) {
                return Optional.empty();
            }
            Checksum expected = file.checksum().get();
            String found = expected.of(partial);
            return found.equals(expected.hex())
                    ? Optional.empty()
                    : Optional.of(
                            "expected %s %s, found %s"
                                    .formatted(expected.name(), expected.hex(), found));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void finishOr(Optional<String> fault) throws IOException {
        if (fault.isEmpty()) {
            Files.deleteIfExists(tag);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        discard();
        if (++wrongCopies >= COPIES) {
            throw new ModelSourceException(
                    Kind.CORRUPT,
                    listing.uri(),
                    file.name(),
                    "%s, in %d copies".formatted(fault.get(), wrongCopies));
        }
    }

    private void discard() throws IOException {
        Files.deleteIfExists(partial);
        Files.deleteIfExists(tag);
    }

    private String sizes(long found) {
        return "expected %d bytes, found %d".formatted(file.size(), found);
    }
}
