package io.sparsemesh.k8s;

import io.sparsemesh.embedded.ChildProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A service in the file layout of its image, without a container engine: a root of its own in a
/// mount namespace of its own, all of it read-only but `/tmp` and what is mounted, with this
/// machine's system libraries and JDK, as user 10001.
final class Layout {

    private static final String USER = "10001";

    /// `$1` the root, `$2` the JDK, `$3` the service's files, then pairs of a folder and its
    /// mount point, which `:ro` may follow, `--`, and the command. Of `/etc` there is what a JVM
    /// reads. Nothing of it is seen outside of the namespace.
    private static final String ENTER =
            """
            set -e
            root=$1 jdk=$2 files=$3
            shift 3
            mount --make-rprivate /
            mount --bind "$root" "$root"
            for folder in usr etc/ssl; do
              mount --bind "/$folder" "$root/$folder"
              mount -o remount,bind,ro "$root/$folder"
            done
            for file in passwd group hosts resolv.conf nsswitch.conf ld.so.cache; do
              [ ! -e "/etc/$file" ] || cp -L "/etc/$file" "$root/etc/"
            done
            for folder in bin lib lib64; do [ ! -L "/$folder" ] || ln -sfn "usr/$folder" "$root/$folder"; done
            for folder in dev proc; do mount --rbind "/$folder" "$root/$folder"; done
            mount --bind "$jdk" "$root/opt/java/openjdk"
            mount -o remount,bind,ro "$root/opt/java/openjdk"
            mount --bind "$files" "$root/opt/sparsemesh"
            mount -o remount,bind,ro "$root/opt/sparsemesh"
            mount -t tmpfs -o size=512m,mode=1777 tmpfs "$root/tmp"
            while [ "$1" != -- ]; do
              mkdir -p "$root/${2%:ro}"
              mount --bind "$1" "$root/${2%:ro}"
              [ "$2" = "${2%:ro}" ] || mount -o remount,bind,ro "$root/${2%:ro}"
              shift 2
            done
            shift
            mount -o remount,bind,ro "$root"
            cd /
            exec chroot --userspec=10001:10001 --groups= "$root" "$@"
            """;

    private final String name;
    private final Path root;
    private final Path files;
    private final Map<Path, String> volumes;

    private Layout(String name, Path root, Path files, Map<Path, String> volumes) {
        this.name = name;
        this.root = root;
        this.files = files;
        this.volumes = volumes;
    }

    /// Why this machine cannot do it, empty if it can.
    static String obstacle() throws IOException, InterruptedException {
        Process attempt =
                new ProcessBuilder("unshare", "-m", "mount", "--make-rprivate", "/")
                        .redirectErrorStream(true)
                        .start();
        String said =
                new String(attempt.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return attempt.waitFor() == 0 ? "" : "needs root and mount namespaces: " + said;
    }

    /// Puts a service's files where the Containerfile puts them.
    ///
    /// @param folder of this service alone
    /// @param volumes folders, and where they are mounted, with `:ro` to be read only
    static Layout of(String service, Path folder, Map<Path, String> volumes) throws IOException {
        Path files = Files.createDirectories(folder.resolve("files"));
        copy(Repository.path(service + "/target/quarkus-app"), files);
        Files.copy(
                Repository.path("deploy/containers/jvm/%s/jvm.options".formatted(service)),
                files.resolve("jvm.options"));
        Path root = Files.createDirectories(folder.resolve("root"));
        for (String each :
                List.of(
                        "usr",
                        "etc/ssl",
                        "dev",
                        "proc",
                        "tmp",
                        "opt/java/openjdk",
                        "opt/sparsemesh")) {
            Files.createDirectories(root.resolve(each));
        }
        return new Layout(service, root, files, volumes);
    }

    /// A folder that the service may write.
    static Path volume(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setAttribute(folder, "unix:uid", Integer.valueOf(USER));
        Files.setAttribute(folder, "unix:gid", Integer.valueOf(USER));
        return folder;
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.isDirectory(from)) {
            throw new IllegalStateException(from + " is not there: the service is not built");
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectories(target);
                    Files.setPosixFilePermissions(
                            target, PosixFilePermissions.fromString("rwxr-xr-x"));
                } else {
                    Files.copy(file, target);
                    Files.setPosixFilePermissions(
                            target, PosixFilePermissions.fromString("rw-r--r--"));
                }
            }
        }
    }

    /// Starts the image's command.
    ///
    /// @param environment all that it has besides what the Containerfile sets
    ChildProcess start(Map<String, String> environment, Path log) {
        return start(environment, Containerfile.read("Containerfile").entrypoint(), log);
    }

    ChildProcess start(Map<String, String> environment, List<String> command, Path log) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "unshare",
                                "-m",
                                "bash",
                                "-c",
                                ENTER,
                                "enter",
                                root.toString(),
                                System.getProperty("java.home"),
                                files.toString()));
        volumes.forEach(
                (folder, mount) -> line.addAll(List.of(folder.toString(), mount.substring(1))));
        line.addAll(List.of("--", "/usr/bin/env", "-i", "-C", "/tmp", "HOME=/tmp"));
        line.add("PATH=/opt/java/openjdk/bin:/usr/bin:/bin");
        environment.forEach((key, value) -> line.add(key + "=" + value));
        line.addAll(command);
        return ChildProcess.start(name, line, Map.of(), root, log);
    }
}
