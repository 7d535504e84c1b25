package io.sparsemesh.gateway.source;

import io.sparsemesh.artifacts.FileRoots;
import io.sparsemesh.gateway.problem.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The directories that requests may name files in. A path counts as what it really is: links are
/// followed before it is judged. Of paths outside nothing is told, not even whether they exist.
public final class Roots {

    private final List<Path> roots;

    Roots(List<Path> roots) {
        this.roots = roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
    }

    /// Roots for code that runs without configuration.
    static Roots of(Path... roots) {
        return new Roots(List.of(roots));
    }

    /// The first root, where outputs go that nobody placed.
    ///
    /// @throws SourceException if there is none
    public Path first() {
        return roots.stream()
                .findFirst()
                .orElseThrow(() -> new SourceException(Code.OUTSIDE_ROOTS, noRoots()));
    }

    /// The real path of an existing file or folder.
    ///
    /// @param notFound code of the fault if there is nothing
    /// @throws SourceException if the URI is malformed, leaves the roots or names nothing
    public Path existing(String uri, String notFound) {
        Path path = FileUri.parse(uri);
        requireBelow(path, lexical(), uri);
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            requireRealParentBelow(path, uri);
            throw new SourceException(
                    notFound, "expected an existing path, found nothing at " + uri);
        }
        try {
            Path real = path.toRealPath();
            requireBelow(real, real(), uri);
            return real;
        } catch (IOException e) {
            throw new SourceException(notFound, "cannot be resolved: " + uri);
        }
    }

    /// The real path of an existing folder whose files are read by their names. So each of them
    /// has to lie under a root too: a link among them would give a file of somebody else's away.
    ///
    /// @param notFound code of the fault if there is nothing
    /// @throws SourceException as [#existing], or if a file is a link that leaves the roots
    public Path folder(String uri, String notFound) {
        Path folder = existing(uri, notFound);
        if (Files.isDirectory(folder)) {
            requireFilesBelow(folder, uri);
        }
        return folder;
    }

    private void requireFilesBelow(Path folder, String uri) {
        try {
            Optional<Path> out = FileRoots.linkOut(folder, real().toList());
            if (out.isPresent()) {
                throw new SourceException(
                        Code.OUTSIDE_ROOTS,
                        "expected files under %s, found that '%s' is a link out of them in %s"
                                .formatted(roots, out.get().getFileName(), uri));
            }
        } catch (IOException e) {
            throw new SourceException(Code.SOURCE_NOT_FOUND, "cannot be listed: " + uri);
        }
    }

    /// The real path of a folder that may be made: it is not there yet, or is empty.
    ///
    /// @throws SourceException if the URI is malformed, leaves the roots, has no parent folder, or
    ///     names something that exists
    public Path creatable(String uri) {
        Path path = FileUri.parse(uri);
        requireBelow(path, lexical(), uri);
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            Path real = existing(uri, Code.OUTPUT_NOT_USABLE);
            requireEmptyFolder(real, uri);
            return real;
        }
        requireRealParentBelow(path, uri);
        Path parent = path.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new SourceException(
                    Code.OUTPUT_NOT_USABLE, "expected an existing parent folder of " + uri);
        }
        try {
            return parent.toRealPath().resolve(path.getFileName());
        } catch (IOException e) {
            throw new SourceException(Code.OUTPUT_NOT_USABLE, "cannot be resolved: " + uri);
        }
    }

    /// Whether a real path lies under a root.
    public boolean contains(Path realPath) {
        return real().anyMatch(realPath::startsWith);
    }

    /// The nearest existing ancestor must be inside too, lest a link's target is probed.
    private void requireRealParentBelow(Path path, String uri) {
        Path ancestor = path.getParent();
        while (ancestor != null && !Files.exists(ancestor)) {
            ancestor = ancestor.getParent();
        }
        try {
            if (ancestor == null || !contains(ancestor.toRealPath())) {
                throw outside(uri);
            }
        } catch (IOException e) {
            throw outside(uri);
        }
    }

    private void requireEmptyFolder(Path real, String uri) {
        boolean empty = false;
        if (Files.isDirectory(real)) {
            try (Stream<Path> entries = Files.list(real)) {
                empty = entries.findAny().isEmpty();
            } catch (IOException e) {
                throw new SourceException(Code.OUTPUT_NOT_USABLE, "cannot be listed: " + uri);
            }
        }
        if (!empty) {
            throw new SourceException(
                    Code.OUTPUT_NOT_USABLE,
                    "expected nothing or an empty folder, found %s at %s"
                            .formatted(
                                    Files.isDirectory(real) ? "a folder with files" : "a file",
                                    uri));
        }
    }

    private void requireBelow(Path path, Stream<Path> allowed, String uri) {
        if (allowed.noneMatch(path::startsWith)) {
            throw outside(uri);
        }
    }

    private SourceException outside(String uri) {
        return new SourceException(
                Code.OUTSIDE_ROOTS,
                roots.isEmpty()
                        ? noRoots()
                        : "expected a path under %s, found %s".formatted(roots, uri));
    }

    private static String noRoots() {
        return "no file: source is allowed: SPARSEMESH_ROOTS is empty";
    }

    private Stream<Path> lexical() {
        return Stream.concat(roots.stream(), real());
    }

    private Stream<Path> real() {
        return roots.stream().filter(Files::isDirectory).map(Roots::realPath);
    }

    private static Path realPath(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            return root;
        }
    }
}
