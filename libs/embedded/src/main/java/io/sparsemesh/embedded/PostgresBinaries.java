package io.sparsemesh.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// Unpacks the PostgreSQL programs, once for every build directory.
final class PostgresBinaries {
    private PostgresBinaries() {}

    /// Returns the folder that holds `bin`, `lib` and `share`, unpacking it if nobody has
    /// yet. Processes that ask at the same time wait for the first one.
    static Path home() {
        ServerFiles files = ServerFiles.load();
        Path parent = parent(files.buildDirectory());
        Path home = parent.resolve("postgres-" + files.postgresVersion());
        if (Files.isDirectory(home)) {
            return home;
        }
        try {
            Files.createDirectories(parent);
            unpackLocked(files.postgresArchive(), home);
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack PostgreSQL to " + home, e);
        }
    }

    private static Path parent(Path buildDirectory) {
        return Files.isWritable(buildDirectory)
                ? buildDirectory
                : Path.of(
                        System.getProperty("java.io.tmpdir"),
                        "sparsemesh-" + System.getProperty("user.name"));
    }

    private static synchronized void unpackLocked(Path archive, Path home) throws IOException {
        Path lock = home.resolveSibling("postgres.lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = channel.lock()) {
            if (held.isValid() && !Files.isDirectory(home)) {
                Path partial = Files.createTempDirectory(home.getParent(), "postgres-unpacking");
                Files.setPosixFilePermissions(
                        partial, PosixFilePermissions.fromString("rwxr-xr-x"));
                unpack(archive, partial);
                Files.move(partial, home, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static void unpack(Path archive, Path target) throws IOException {
        try (JarFile jar = new JarFile(archive.toFile());
                InputStream packed = jar.getInputStream(tarball(jar));
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
                write(tar, e, target);
            }
        }
    }

    private static JarEntry tarball(JarFile jar) throws IOException {
        for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
            JarEntry entry = all.nextElement();
            if (entry.getName().endsWith(".txz")) {
                return entry;
            }
        }
        throw new IOException("[" + jar.getName() + "] expected a .txz entry, found none");
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
            throws IOException {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
            throw new IOException("entry leaves the folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Files.createDirectories(path.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, path);
        boolean program = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
    }
}
