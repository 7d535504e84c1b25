package io.sparsemesh.deploy.download;

import io.sparsemesh.checkpoint.FileDigest;
import io.sparsemesh.deploy.client.Gateway;
import io.sparsemesh.deploy.client.LongAnswers;
import io.sparsemesh.deploy.client.ProblemException;
import io.sparsemesh.deploy.client.UnreachableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/// Brings one file to a path, going on where an earlier connection, or an earlier run, ended.
final class FileDownload {
    /// Connections in a row that bring nothing.
    private static final int ATTEMPTS = 6;

    private static final int PIECE = 1 << 17;
    private static final int PARTIAL = 206;

    private final Gateway gateway;
    private final String job;
    private final DownloadView view;
    private final Duration pause;

    /// @param pause before the second attempt; doubled before each further one
    FileDownload(Gateway gateway, String job, DownloadView view, Duration pause) {
        this.gateway = gateway;
        this.job = job;
        this.view = view;
        this.pause = pause;
    }

    /// Returns when all bytes are on the disk and have the digest.
    ///
    /// @param path may hold the file's beginning
    /// @throws DownloadException if what came is another file; it is deleted
    /// @throws UnreachableException if six connections in a row brought nothing
    /// @throws ProblemException if the gateway refuses
    void fetch(FileDigest file, Path path) {
        try {
            long kept = length(path);
            if (kept > file.size()) {
                Files.delete(path);
                kept = 0;
            }
            fetchRest(file, path);
            check(file, path);
            view.done(file, kept);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path, e);
        }
    }

    private void fetchRest(FileDigest file, Path path) throws IOException {
        try (FileChannel out =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            int vain = 0;
            while (out.size() < file.size()) {
                long before = out.size();
                try {
                    receive(file, out);
                } catch (UnreachableException | Cut broken) {
                    vain = out.size() > before ? 0 : vain + 1;
                    giveUp(vain, broken);
                    view.resumed(file, out.size(), broken.getMessage());
                } catch (ProblemException refused) {
                    vain++;
                    if (!isPassing(refused) || vain == ATTEMPTS) {
                        throw refused;
                    }
                }
                rest(vain);
            }
            out.force(true);
        }
    }

    private void giveUp(int vain, RuntimeException broken) {
        if (vain == ATTEMPTS) {
            throw broken instanceof Cut cut ? gateway.unreachable(cut.broken) : broken;
        }
    }

    private static boolean isPassing(ProblemException refused) {
        int status = refused.problem().status();
        return status == 429 || status == 502 || status == 503 || status == 504;
    }

    /// One connection. Whatever it brings is written before the next read.
    private void receive(FileDigest file, FileChannel out) throws IOException {
        try (LongAnswers.Answer answer =
                gateway.artifact(job, file.name(), out.size(), file.sha256())) {
            if (answer.status() != PARTIAL) {
                out.truncate(0);
            }
            out.position(out.size());
            byte[] piece = new byte[PIECE];
            for (int n = read(answer.body(), piece); n >= 0; n = read(answer.body(), piece)) {
                write(out, ByteBuffer.wrap(piece, 0, n));
                view.progress(file, out.size());
                if (out.size() > file.size()) {
                    throw new DownloadException(
                            "'%s': expected %d bytes, found more"
                                    .formatted(file.name(), file.size()));
                }
            }
        }
    }

    private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static int read(InputStream in, byte[] piece) {
        try {
            return in.read(piece);
        } catch (IOException e) {
            throw new Cut(e);
        }
    }

    private void check(FileDigest file, Path path) throws IOException {
        FileDigest found = FileDigest.of(path);
        if (!found.sha256().equals(file.sha256())) {
            Files.delete(path);
            throw DownloadException.otherFile(file, found);
        }
    }

    private static long length(Path path) throws IOException {
        return Files.exists(path) ? Files.size(path) : 0;
    }

    private void rest(int vain) {
        if (vain == 0) {
            return;
        }
        try {
            Thread.sleep(pause.multipliedBy(1L << (vain - 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw gateway.unreachable(new IOException("interrupted", e));
        }
    }

    /// The connection broke while bytes came: nothing of our own did.
    private static final class Cut extends RuntimeException {
        private final transient IOException broken;

        Cut(IOException broken) {
            super(broken.toString(), broken);
            this.broken = broken;
        }
    }
}
