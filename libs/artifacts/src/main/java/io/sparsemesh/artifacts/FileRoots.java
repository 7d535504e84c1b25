package io.sparsemesh.artifacts;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The directories that `file:` sources and outputs of jobs must lie under. The gateway has checked
/// them when the job came in; a worker checks again before it opens one, because links may have
/// changed and workers may be set up more strictly.
public final class FileRoots {

    /// Stands for the name of a tenant in a configured root.
    public static final String TENANT = "{tenant}";

    private final List<Path> roots;

    /// @param roots directories; none allows every path. One with [#TENANT] in it counts as the
    ///     directory above that: whose job it is only the gateway knows
    public FileRoots(List<Path> roots) {
        this.roots = roots.stream().map(FileRoots::ofAllTenants).map(FileRoots::real).toList();
    }

    private static Path ofAllTenants(Path root) {
        Path cut = root.toAbsolutePath();
        while (cut.toString().contains(TENANT)) {
            cut = cut.getParent();
        }
        return cut;
    }

    /// The path of a source, links resolved as far as it exists.
    ///
    /// @throws OutsideRootsException if the URI is not a `file:` URI, or the path is under no root
    public Path path(String uri) {
        Path path = real(ofUri(uri));
        if (!roots.isEmpty() && roots.stream().noneMatch(path::startsWith)) {
            throw new OutsideRootsException(uri, "a path under one of " + roots);
        }
        return path;
    }

    /// As [#path], for a folder whose files are read by their names: none of them may be a link
    /// that leaves the roots.
    ///
    /// @throws OutsideRootsException also if one is
    public Path folder(String uri) {
        Path folder = path(uri);
        if (!roots.isEmpty() && Files.isDirectory(folder)) {
            requireFilesBelow(folder, uri);
        }
        return folder;
    }

    private void requireFilesBelow(Path folder, String uri) {
        try {
            Optional<Path> out = linkOut(folder, roots);
            if (out.isPresent()) {
                throw new OutsideRootsException(
                        uri,
                        "files under one of %s, found that '%s' is a link out of them"
                                .formatted(roots, out.get().getFileName()));
            }
        } catch (IOException e) {
            throw new OutsideRootsException(uri, "a folder that can be listed", e);
        }
    }

    /// A file of a folder that is a link to something outside of all roots, if there is one.
    ///
    /// @param roots as they really lie
    public static Optional<Path> linkOut(Path folder, List<Path> roots) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path link : (Iterable<Path>) files.filter(Files::isSymbolicLink)::iterator) {
                if (Files.exists(link) && roots.stream().noneMatch(link.toRealPath()::startsWith)) {
                    return Optional.of(link);
                }
            }
        }
        return Optional.empty();
    }

    private static Path ofUri(String uri) {
        try {
            URI parsed = URI.create(uri);
            if ("file".equals(parsed.getScheme())) {
                return Path.of(parsed);
            }
        } catch (IllegalArgumentException e) {
            throw new OutsideRootsException(uri, "a file: URI", e);
        }
        throw new OutsideRootsException(uri, "a file: URI");
    }

    /// The real path of the nearest ancestor that exists, and the rest as it is.
    private static Path real(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path existing = absolute;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            return existing.toRealPath().resolve(existing.relativize(absolute));
        } catch (IOException e) {
            throw new OutsideRootsException(path.toString(), "a path that can be resolved", e);
        }
    }
}
