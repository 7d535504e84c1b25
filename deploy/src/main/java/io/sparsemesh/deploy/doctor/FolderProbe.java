package io.sparsemesh.deploy.doctor;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A folder that services write to: whether this process may, and what room there is. Nothing is
/// left there, and a folder that is not there yet is not made.
///
/// @param name of the check
/// @param variable that names the folder
record FolderProbe(String name, String variable, Path folder) {
    private static final long MIB = 1L << 20;
    private static final long PLENTY = 2048 * MIB;
    private static final long LEAST = 300 * MIB;

    Check check() {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            if (!Files.isDirectory(existing)) {
                return refused("a directory", existing + ", which is none");
            }
            write(existing);
            return room(Files.getFileStore(existing).getUsableSpace(), existing);
        } catch (IOException e) {
            return refused("a directory that this user may write", e.toString());
        }
    }

    private Check refused(String expected, String found) {
        return Check.fail(
                name,
                "%s: expected %s, found %s".formatted(place(), expected, found),
                "name another folder in %s, or give it to the services' user".formatted(variable));
    }

    private String place() {
        return "[%s=%s]".formatted(variable, folder);
    }

    /// As artifacts are: forced to the disk, renamed, read.
    private static void write(Path directory) throws IOException {
        Path file = Files.createTempFile(directory, ".doctor", "");
        Path renamed = file.resolveSibling(file.getFileName() + ".renamed");
        try {
            Files.writeString(file, "doctor");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(file, renamed, StandardCopyOption.ATOMIC_MOVE);
            String found = Files.readString(renamed);
            if (!found.equals("doctor")) {
                throw new IOException("other bytes than were written in " + renamed);
            }
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(renamed);
        }
    }

    Check room(long bytes, Path existing) {
        String found =
                "%s has room for %d MiB%s"
                        .formatted(
                                folder,
                                bytes / MIB,
                                existing.equals(folder.toAbsolutePath())
                                        ? ""
                                        : "; it is not there yet, services make it");
        if (bytes < LEAST) {
            return Check.fail(
                    name,
                    "%s: expected room for %d MiB, found %d"
                            .formatted(place(), LEAST / MIB, bytes / MIB),
                    "make room, or name another folder in " + variable);
        }
        return bytes < PLENTY
                ? Check.warn(
                        name, found, "enough for small models; a job takes about twice its model's")
                : Check.ok(name, found);
    }
}
