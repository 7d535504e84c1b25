package io.sparsemesh.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Writes a copy of a model folder with the bytes of some tensors replaced. Dtypes, shapes,
/// the order of the tensors, the shards and their index stay; config and tokenizer files are
/// copied byte for byte. Or weights are encoded, which the config then declares. The folder appears
/// whole or not at all.
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
        requireKnown(source, replacements.keySet());
        Map<String, List<TensorSource>> parts = new HashMap<>();
        replacements.forEach(
                (name, content) ->
                        parts.put(name, List.of(with(source.tensors().get(name), content))));
        return write(new Copy(source, parts, source.configBytes(), false), target, ifExists);
    }

    /// Writes the copy with some weights encoded. Every other byte of the config stays.
    ///
    /// @param source the model, open until this returns
    /// @param parts of the weights, as a [WeightEncoding] gives them, by the weights' names
    /// @param declaration what the config says of the encoding
    /// @param target the folder to make; its parent exists
    /// @return every file of the folder, sorted by name
    /// @throws CheckpointException as [#write] does
    public static List<FileDigest> writeEncoded(
            ModelFolder source,
            Map<String, List<TensorSource>> parts,
            ObjectNode declaration,
            Path target,
            IfExists ifExists) {
        requireKnown(source, parts.keySet());
        byte[] config =
                ConfigText.withField(
                        source.configBytes(), WeightEncoding.CONFIG_FIELD, declaration.toString());
        return write(new Copy(source, parts, config, true), target, ifExists);
    }

    /// What is written.
    ///
    /// @param parts what some tensors are replaced by
    /// @param config bytes of `config.json`
    /// @param encoded whether the parts have other names than what they replace
    private record Copy(
            ModelFolder source,
            Map<String, List<TensorSource>> parts,
            byte[] config,
            boolean encoded) {

        /// Whether names of tensors change, and so the index.
        boolean isRenamed() {
            return encoded || source.isExpanded();
        }

        /// In the order in which they lie in the shard.
        List<TensorSource> tensors(SafetensorsFile shard) {
            return source.tensors(shard).values().stream()
                    .sorted(
                            Comparator.comparingLong(TensorInfo::begin)
                                    .thenComparing(TensorInfo::end))
                    .flatMap(tensor -> parts(tensor).stream())
                    .toList();
        }

        private List<TensorSource> parts(TensorInfo tensor) {
            List<TensorSource> replaced = parts.get(tensor.name());
            return replaced == null
                    ? List.of(with(tensor, sink -> source.tensor(tensor.name()).writeTo(sink)))
                    : replaced;
        }
    }

    private static TensorSource with(TensorInfo tensor, TensorSource.Content content) {
        return new TensorSource(tensor.name(), tensor.dtype(), tensor.shape(), content);
    }

    private static List<FileDigest> write(Copy copy, Path target, IfExists ifExists) {
        String name = ModelFolder.name(target);
        requireFree(name, target, ifExists);
        Path temporary = DurableFiles.sibling(target, "tmp");
        try {
            Files.createDirectory(temporary);
            List<FileDigest> files = writeFiles(copy, temporary);
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

    private static void requireKnown(ModelFolder source, Set<String> replaced) {
        for (String tensor : replaced) {
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

    private static List<FileDigest> writeFiles(Copy copy, Path folder) throws IOException {
        List<FileDigest> files = new ArrayList<>();
        for (SafetensorsFile shard : copy.source().shards().values()) {
            files.add(writeShard(copy, shard, folder));
        }
        for (Path sidecar : copy.source().sidecars()) {
            boolean config = sidecar.getFileName().toString().equals(ModelFolder.CONFIG);
            files.add(
                    config
                            ? write(folder, ModelFolder.CONFIG, copy.config())
                            : copy(sidecar, folder));
        }
        if (copy.source().isSharded()) {
            files.add(writeIndex(copy, folder));
        }
        files.sort(Comparator.comparing(FileDigest::name));
        return List.copyOf(files);
    }

    private static FileDigest writeShard(Copy copy, SafetensorsFile shard, Path folder) {
        Map<String, String> metadata = new LinkedHashMap<>(shard.metadata());
        metadata.putIfAbsent("format", "pt");
        Path file = folder.resolve(shard.name());
        return copy.encoded()
                ? SafetensorsWriter.write(file, copy.tensors(shard), metadata)
                : SafetensorsWriter.writeInOrder(file, copy.tensors(shard), metadata);
    }

    private static FileDigest writeIndex(Copy copy, Path folder) throws IOException {
        if (!copy.isRenamed()) {
            return copy(copy.source().path().resolve(ShardIndex.NAME), folder);
        }
        SortedMap<String, String> shardOf = new TreeMap<>();
        long bytes = 0;
        for (SafetensorsFile shard : copy.source().shards().values()) {
            for (TensorSource tensor : copy.tensors(shard)) {
                shardOf.put(tensor.name(), shard.name());
                bytes += Shape.bytes(shard.name(), tensor.name(), tensor.dtype(), tensor.shape());
            }
        }
        return write(folder, ShardIndex.NAME, ShardIndex.text(shardOf, bytes));
    }

    private static FileDigest write(Path folder, String name, byte[] bytes) throws IOException {
        try (DigestingFile out = new DigestingFile(folder.resolve(name))) {
            out.write(MemorySegment.ofArray(bytes));
            out.sync();
            return out.digest(name);
        }
    }

    private static FileDigest copy(Path file, Path folder) throws IOException {
        String name = file.getFileName().toString();
        try (Arena arena = Arena.ofConfined();
                FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                DigestingFile out = new DigestingFile(folder.resolve(name))) {
            MemorySegment bytes = in.map(FileChannel.MapMode.READ_ONLY, 0, in.size(), arena);
            out.write(bytes);
            out.sync();
            return out.digest(name);
        }
    }

    private static void publish(String name, Path written, Path target, IfExists ifExists)
            throws IOException {
        requireFree(name, target, ifExists);
        // Who refuses never swaps: a folder that has appeared since fails the rename.
        if (ifExists == IfExists.REFUSE || !DurableFiles.occupied(target)) {
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
