package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// A small file system of its own, in memory, that can be filled to its last byte; without the
/// right to mount one an ordinary folder that cannot.
final class Disk implements AutoCloseable {

    private static final String OWNER = "root";
    private static final int PIECE = 1 << 20;

    private final Path folder;
    private final boolean mounted;

    private Disk(Path folder, boolean mounted) {
        this.folder = folder;
        this.mounted = mounted;
    }

    /// @param folder is made
    /// @param megabytes what it holds
    static Disk at(Path folder, int megabytes) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        boolean mounted =
                System.getProperty("user.name").equals(OWNER)
                        && run(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=" + megabytes + "m",
                                "tmpfs",
                                folder.toString());
        return new Disk(folder, mounted);
    }

    Path folder() {
        return folder;
    }

    boolean canBeFull() {
        return mounted;
    }

    /// Takes all room that is left.
    void fill() throws IOException {
        byte[] piece = new byte[PIECE];
        int size = PIECE;
        try (var out = Files.newOutputStream(filler())) {
            while (size > 0) {
                try {
                    out.write(piece, 0, size);
                } catch (IOException full) {
                    size /= 2;
                }
            }
        }
    }

    /// Gives the room back.
    void free() throws IOException {
        Files.deleteIfExists(filler());
    }

    private Path filler() {
        return folder.resolve("filler");
    }

    @Override
    public void close() throws IOException {
        try {
            if (mounted && !run("umount", "-l", folder.toString())) {
                throw new IOException(folder + " cannot be unmounted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }
}
