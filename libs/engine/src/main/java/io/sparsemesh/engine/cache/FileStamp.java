package io.sparsemesh.engine.cache;

import io.sparsemesh.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/// Tells whether a file is still the one it was, without reading it.
///
/// @param fileKey the file system's identity of the file, or its path where there is none
record FileStamp(Path path, Object fileKey, long size, FileTime modified) {

    static FileStamp of(Path path) {
        try {
            BasicFileAttributes a = Files.readAttributes(path, BasicFileAttributes.class);
            Object key = a.fileKey() == null ? path : a.fileKey();
            return new FileStamp(path, key, a.size(), a.lastModifiedTime());
        } catch (IOException e) {
            return new FileStamp(path, "none", -1, FileTime.fromMillis(0));
        }
    }

    /// Stamps of all files of a folder, sorted by name.
    static List<FileStamp> ofFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().map(FileStamp::of).toList();
        } catch (IOException e) {
            throw new CheckpointException(
                    folder.getFileName().toString(), "", "cannot be listed: " + e, e);
        }
    }
}
