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
    static void any(List<Path> files, RandomGenerator random) throws IOException {
        for (int i = 0; i < FILES && !files.isEmpty(); i++) {
            Path file = files.get(random.nextInt(files.size()));
            try {
                values()[random.nextInt(values().length)].to(file, random);
            } catch (NoSuchFileException deletedMeanwhile) {
                // With its job.
            }
        }
    }

    private void to(Path file, RandomGenerator random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        switch (this) {
            case BIT_TURNED -> {
                if (bytes.length > 0) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    replace(file, bytes);
                }
            }
            case END_LOST -> replace(file, Arrays.copyOf(bytes, bytes.length / 2));
            case GONE -> Files.deleteIfExists(file);
        }
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        Path other = Files.createTempFile(file.getParent(), "damage", "");
        Files.write(other, bytes);
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
