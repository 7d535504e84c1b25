package io.sparsemesh.deploy.mesh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// What a disk may do to files: turn a bit, lose the end, lose all. Who has a file open already
/// keeps its good bytes, as from the machine's memory.
enum Damage {
    BIT_TURNED,
    END_LOST,
    GONE;

    private static final int FILES = 3;

    /// Does something to some of the files.
    ///
    /// @return how often it did
    static int any(List<Path> files, RandomGenerator random) throws IOException {
        int damaged = 0;
        for (int i = 0; i < FILES && !files.isEmpty(); i++) {
            Path file = files.get(random.nextInt(files.size()));
            try {
                damaged += values()[random.nextInt(values().length)].to(file, random) ? 1 : 0;
            } catch (NoSuchFileException deletedMeanwhile) {
                // With its job.
            }
        }
        return damaged;
    }

    /// @return whether the file is another one now
    private boolean to(Path file, RandomGenerator random) throws IOException {
        if (this == GONE) {
            return Files.deleteIfExists(file);
        }
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length == 0) {
            return false;
        }
        if (this == END_LOST) {
            bytes = Arrays.copyOf(bytes, bytes.length / 2);
        } else {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        replace(file, bytes);
        return true;
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Path other = Files.createTempFile(file.getParent(), "damage", "");
        Files.write(other, bytes);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
