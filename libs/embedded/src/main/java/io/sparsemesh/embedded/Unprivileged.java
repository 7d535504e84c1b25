package io.sparsemesh.embedded;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Runs a program that refuses root, as PostgreSQL does.
///
/// As an ordinary user: as is. As root: in a new user namespace, where the process is nobody
/// and yet owns root's files; where the system forbids namespaces, as the user id 65534,
/// which then owns the folder.
final class Unprivileged {
    private static final String NOBODY = "65534";

    private Unprivileged() {}

    /// Returns the command that runs `command` without root's rights.
    ///
    /// @param folder what the program writes; its owner changes if the process gets another
    ///     user id
    /// @throws IllegalStateException if this is root and neither way works
    static List<String> command(Path folder, List<String> command) {
        if (new UnixSystem().getUid() != 0) {
            return command;
        }
        if (isUnprivileged(List.of("unshare", "--user"))) {
            return join(List.of("unshare", "--user"), command);
        }
        List<String> setpriv =
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
        if (isUnprivileged(setpriv)) {
            giveAway(folder);
            return join(setpriv, command);
        }
        throw new IllegalStateException(
                "PostgreSQL refuses to run as root, and neither unshare nor setpriv (util-linux)"
                        + " can start it as another user; run as an ordinary user");
    }

    private static boolean isUnprivileged(List<String> prefix) {
        try {
            Process id =
                    new ProcessBuilder(join(prefix, List.of("id", "-u")))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String uid = new String(id.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return id.waitFor() == 0 && !uid.strip().equals("0");
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void giveAway(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) all::iterator) {
                Files.setAttribute(path, "unix:uid", Integer.valueOf(NOBODY));
                Files.setAttribute(path, "unix:gid", Integer.valueOf(NOBODY));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give " + folder + " to user " + NOBODY, e);
        }
    }

    private static List<String> join(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
