package io.sparsemesh.engine.device.natives;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The shared libraries of the class path as files, because the loader of the operating system
/// opens files only. They lie under `$XDG_CACHE_HOME` (or `~/.cache`) in a folder named by the
/// SHA-256 of their contents that only the user may enter, and are compared with the class path
/// before they are loaded.
///
/// @param resources paths on the class path, in the order in which the libraries need each other
record NativeFiles(List<String> resources) {

    private static final Set<PosixFilePermission> PRIVATE =
            PosixFilePermissions.fromString("rwx------");

    /// @param folder on the class path, with `/` at its end
    /// @param names of its files
    static NativeFiles in(String folder, List<String> names) {
        return new NativeFiles(names.stream().map(folder::concat).toList());
    }

    /// The libraries, loaded for as long as the process lasts, in the order of [#resources].
    ///
    /// @throws IllegalArgumentException when the system does not load one
    List<SymbolLookup> load() throws IOException {
        List<SymbolLookup> libraries = new ArrayList<>();
        for (Path file : extract(cache())) {
            libraries.add(SymbolLookup.libraryLookup(file, Arena.global()));
        }
        return libraries;
    }

    /// Writes what is missing and returns the files in the order of [#resources].
    ///
    /// @param cache the folder for libraries, made where it is missing
    List<Path> extract(Path cache) throws IOException {
        MessageDigest all = sha256();
        Map<String, byte[]> digests = new LinkedHashMap<>();
        for (String resource : resources) {
            try (InputStream in = open(resource)) {
                digests.put(resource, digest(in));
                all.update(digests.get(resource));
            }
        }
        Path folder = privateFolder(cache.resolve(HexFormat.of().formatHex(all.digest())));
        List<Path> files = new ArrayList<>();
        for (var entry : digests.entrySet()) {
            Path file = folder.resolve(name(entry.getKey()));
            if (!hasDigest(file, entry.getValue())) {
                copy(entry.getKey(), folder, file);
            }
            files.add(file);
        }
        return files;
    }

    /// The folder for libraries: `sparsemesh.native.cache`, `$XDG_CACHE_HOME` or `~/.cache`.
    static Path cache() {
        String configured = System.getProperty("sparsemesh.native.cache");
        if (configured != null) {
            return Path.of(configured);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path base =
                xdg != null && !xdg.isBlank()
                        ? Path.of(xdg)
                        : Path.of(System.getProperty("user.home"), ".cache");
        return base.resolve("sparsemesh").resolve("native");
    }

    private static Path privateFolder(Path folder) throws IOException {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(folder.getParent());
        try {
            if (posix) {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PRIVATE));
            } else {
                Files.createDirectory(folder);
            }
        } catch (FileAlreadyExistsException present) {
            checkPrivate(folder, posix);
        }
        return folder;
    }

    private static void checkPrivate(Path folder, boolean posix) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(folder + ": expected a directory");
        }
        if (!posix) {
            return;
        }
        Path probe = Files.createTempFile(folder, "owner", ".probe");
        UserPrincipal user = Files.getOwner(probe);
        Files.delete(probe);
        UserPrincipal owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
        var found = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        if (!owner.equals(user) || !PRIVATE.containsAll(found)) {
            throw new IOException(
                    "%s: expected owner %s and rwx------, found %s and %s"
                            .formatted(folder, user, owner, PosixFilePermissions.toString(found)));
        }
    }

    private static boolean hasDigest(Path file, byte[] expected) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return MessageDigest.isEqual(expected, digest(in));
        }
    }

    private static byte[] digest(InputStream in) throws IOException {
        MessageDigest sha = sha256();
        byte[] buffer = new byte[1 << 16];
        for (int n; (n = in.read(buffer)) > 0; ) {
            sha.update(buffer, 0, n);
        }
        return sha.digest();
    }

    private static String name(String resource) {
        return resource.substring(resource.lastIndexOf('/') + 1);
    }

    private static void copy(String resource, Path folder, Path file) throws IOException {
        Path part = Files.createTempFile(folder, name(resource), ".part");
        try (InputStream in = open(resource)) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static InputStream open(String resource) throws IOException {
        InputStream in = NativeFiles.class.getResourceAsStream(resource);
        if (in == null) {
            throw new IOException(
                    "%s is not on the class path: expected the jar of this platform"
                            .formatted(resource));
        }
        return in;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
