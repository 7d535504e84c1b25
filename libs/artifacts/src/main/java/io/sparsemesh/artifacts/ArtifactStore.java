package io.sparsemesh.artifacts;

import io.sparsemesh.contracts.artifact.ArtifactRef;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Immutable artifacts by key, shared by all processes of a mesh.
///
/// A key is a relative path of `/`-separated parts of `A-Z a-z 0-9 . _ -` that begin with a letter
/// or a digit. An artifact becomes visible only whole; in a durable store after its bytes have
/// reached the storage. Every read is checked against the digest of its reference. All methods may
/// be called by many threads.
///
/// Every method throws [IllegalArgumentException] for a malformed key, and [ArtifactException] when
/// the storage fails.
public interface ArtifactStore {

    /// Writes the bytes of an artifact.
    @FunctionalInterface
    interface ByteWriter {
        /// @param out buffered; closed by the store
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes an artifact as a file.
    @FunctionalInterface
    interface FileWriter {
        /// @param file does not exist yet; private to this call; the store syncs it if it is
        ///     durable
        /// @return SHA-256 of the bytes, computed while they were written
        String writeTo(Path file) throws IOException;
    }

    /// Reads an artifact's file, or opens it.
    @FunctionalInterface
    interface FileReader<T> {
        /// @param file only to be read
        T readFrom(Path file) throws IOException;
    }

    /// Stores what `writer` writes. An artifact that has the key already is replaced as a whole.
    /// If the writer throws, nothing is stored.
    ArtifactRef put(String key, ByteWriter writer);

    /// Stores the file that `writer` makes, for writers that need to seek; else as
    /// [#put(String, ByteWriter)].
    ArtifactRef putFile(String key, FileWriter writer);

    /// Shows a local file with the artifact's bytes, checked. The file is the store's, never to be
    /// written, and its path counts only until `reader` returns; what `reader` opened or mapped
    /// stays readable until that is closed, whatever the store removes meanwhile.
    ///
    /// A store that keeps copies of what lies elsewhere may show a replaced or deleted artifact;
    /// its bytes are those of the reference then. It never shows others.
    ///
    /// @return what `reader` gives
    /// @throws ArtifactException if there is no such artifact, its size or digest differs, or
    ///     `reader` cannot read it
    <T> T withFile(ArtifactRef ref, FileReader<T> reader);

    /// Asks for room for an artifact that is about to be stored. A store that cannot tell does
    /// nothing.
    ///
    /// @throws ArtifactException with both numbers if there is less
    default void requireSpace(String key, long bytes) {}

    /// Whether an artifact has exactly this key.
    boolean exists(String key);

    /// Keys of all artifacts at or below `prefix`, which stands for whole parts: `jobs/a` is not a
    /// prefix of `jobs/ab/x`. Sorted.
    List<String> list(String prefix);

    /// Removes all artifacts at or below `prefix`; none is no error.
    void deletePrefix(String prefix);

    /// Stores the rest of a stream, which the caller closes.
    default ArtifactRef put(String key, InputStream in) {
        return put(key, in::transferTo);
    }

    /// Stores a copy of a file.
    default ArtifactRef put(String key, Path file) {
        return put(key, out -> Files.copy(file, out));
    }

    default ArtifactRef put(String key, byte[] bytes) {
        return put(key, out -> out.write(bytes));
    }

    /// Opens an artifact whose bytes have been checked.
    ///
    /// @throws ArtifactException as [#withFile]
    default InputStream open(ArtifactRef ref) {
        return withFile(ref, Files::newInputStream);
    }

    /// All bytes of a small artifact, checked.
    ///
    /// @throws ArtifactException as [#withFile]
    default byte[] read(ArtifactRef ref) {
        try (InputStream in = open(ref)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new ArtifactException(ref.key(), "read", e);
        }
    }
}
