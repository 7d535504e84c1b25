package io.sparsemesh.cuda;

import io.sparsemesh.cuda.nvrtc.Nvrtc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// Compiled kernels, kept in files by the digest of source, architecture and compiler. A cache that
/// cannot be read or written costs the time to compile, nothing else.
final class KernelCache {

    private static final String PROPERTY = "sparsemesh.cuda.cache";

    private final Nvrtc nvrtc;
    private final String architecture;
    private final Path folder;

    KernelCache(Nvrtc nvrtc, String architecture) {
        this.nvrtc = nvrtc;
        this.architecture = architecture;
        folder = Path.of(System.getProperty(PROPERTY, defaultFolder()));
    }

    private static String defaultFolder() {
        return Path.of(System.getProperty("user.home"), ".cache", "sparsemesh", "cuda").toString();
    }

    /// The cubin of a source, as it is kept, if it is.
    Optional<byte[]> kept(String name, String source) {
        try {
            return Optional.of(Files.readAllBytes(file(name, source)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Compiles a source, and keeps its cubin.
    byte[] compiled(String name, String source) {
        byte[] image = nvrtc.compile(name, source, architecture);
        store(file(name, source), image);
        return image;
    }

    private Path file(String name, String source) {
        return folder.resolve("%s-%s.cubin".formatted(name, digest(source)));
    }

    private String digest(String source) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((nvrtc.version() + architecture).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of()
                    .formatHex(digest.digest(source.getBytes(StandardCharsets.UTF_8)), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void store(Path file, byte[] image) {
        try {
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, "cubin", ".part");
            Files.write(fresh, image);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // Compiled again next time.
            System.getLogger(KernelCache.class.getName())
                    .log(System.Logger.Level.DEBUG, "kernels not kept in " + folder, e);
        }
    }
}
