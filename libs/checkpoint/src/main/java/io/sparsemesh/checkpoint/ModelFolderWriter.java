package io.sparsemesh.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a copy of a model folder with the bytes of some tensors replaced. Dtypes, shapes,
/// the order of the tensors, the shards and their index stay; config and tokenizer files are
/// copied byte for byte. The folder appears whole or not at all.
public final class ModelFolderWriter {

    /// What to do when the target exists.
    public enum IfExists {
        /// Fail and leave it as it is.
        REFUSE,
        /// Take its place once the new folder is complete. Folders are swapped by two renames: a
        /// power failure between them leaves the old one under a hidden name beside the target.
        REPLACE
    }

    private ModelFolderWriter() {}

    /// Writes the copy. It is made in a hidden folder beside `target`, synced, and renamed;
    /// any failure removes it and leaves `target` as it was.
    ///
    /// @param source the model, open until this returns
    /// @param replacements new bytes by tensor name, as many as the tensor has now; each
    ///     is asked once
    /// @param target the folder to make; its parent exists
    /// @return every file of the folder, sorted by name
    /// @throws CheckpointException when a replacement names no tensor or gives another
    ///     number of bytes, when `target` exists and must not, or a read or write fails; what
    ///     a replacement throws unchecked comes through as it is
    public static List<FileDigest> write(
            ModelFolder source,
            Map<String, TensorSource.Content> replacements,
            Path target,
            IfExists ifExists) {
        String name = ModelFolder.name(target);
        requireKnown(source, replacements);
        requireFree(name, target, ifExists);
        Path temporary = DurableFiles.sibling(target, "tmp");
        try {
            Files.createDirectory(temporary);
            List<FileDigest> files = writeFiles(source, replacements, temporary);
            DurableFiles.sync(temporary);
            publish(name, temporary, target, ifExists);
            return files;
        } catch (IOException e) {
            DurableFiles.discard(temporary, e);
            throw new CheckpointException(name, "", "cannot be written: " + e, e);
        } catch (RuntimeException | Error e) {
            DurableFiles.discard(temporary, e);
            throw e;
        }
    }

    private static void requireKnown(
            ModelFolder source, Map<String, TensorSource.Content> replacements) {
        for (String tensor : replacements.keySet()) {
            if (!source.has(tensor)) {
                throw new CheckpointException(
                        ModelFolder.name(source.path()), tensor, "cannot be replaced, found none");
            }
        }
    }

    private static void requireFree(String name, Path target, IfExists ifExists) {
        if (ifExists == IfExists.REFUSE && DurableFiles.occupied(target)) {
            throw new CheckpointException(name, "", "expected no such folder yet, found one");
        }
    }

    private static List<FileDigest> writeFiles(
            ModelFolder source, Map<String, TensorSource.Content> replacements, Path folder)
            throws IOException {
        List<FileDigest> files = new ArrayList<>();
        for (SafetensorsFile shard : source.shards().values()) {
            files.add(writeShard(shard, replacements, folder));
        }
        for (Path sidecar : source.sidecars()) {
            files.add(copy(sidecar, folder));
        }
        if (source.isSharded()) {
            files.add(copy(source.path().resolve(ShardIndex.NAME), folder));
        }
        files.sort(Comparator.comparing(FileDigest::name));
        return List.copyOf(files);
    }

    private static FileDigest writeShard(
            SafetensorsFile shard, Map<String, TensorSource.Content> replacements, Path folder) {
        List<TensorSource> tensors =
                shard.tensors().values().stream()
                        .sorted(
                                Comparator.comparingLong(TensorInfo::begin)
                                        .thenComparing(TensorInfo::end))
                        .map(tensor -> source(shard, tensor, replacements))
                        .toList();
        Map<String, String> metadata = new LinkedHashMap<>(shard.metadata());
        metadata.putIfAbsent("format", "pt");
        return SafetensorsWriter.writeInOrder(folder.resolve(shard.name()), tensors, metadata);
    }

    private static TensorSource source(
            SafetensorsFile shard,
            TensorInfo tensor,
            Map<String, TensorSource.Content> replacements) {
        TensorSource.Content content =
                replacements.getOrDefault(
                        tensor.name(), sink -> sink.write(shard.tensor(tensor.name()).data()));
        return new TensorSource(tensor.name(), tensor.dtype(), tensor.shape(), content);
    }

    private static FileDigest copy(Path file, Path folder) throws IOException {
        String name = file.getFileName().toString();
        try (Arena arena = Arena.ofConfined();
                FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                DigestingFile out = new DigestingFile(folder.resolve(name))) {
            MemorySegment bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena);
            out.write(bytes);
            return out.finish(name);
        }
    }

    private static void publish(String name, Path written, Path target, IfExists ifExists)
            throws IOException {
        requireFree(name, target, ifExists);
        if (!DurableFiles.occupied(target)) {
            DurableFiles.publish(written, target);
            return;
        }
        Path old = DurableFiles.sibling(target, "old");
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            putBack(old, target, e);
            throw e;
        }
        DurableFiles.sync(target.toAbsolutePath().getParent());
        DurableFiles.delete(old);
    }

    private static void putBack(Path old, Path target, IOException failure) {
        try {
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
