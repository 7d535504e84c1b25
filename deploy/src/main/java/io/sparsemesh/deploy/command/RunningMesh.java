package io.sparsemesh.deploy.command;

import io.sparsemesh.deploy.mesh.Installation;
import io.sparsemesh.deploy.mesh.Mesh;
import io.sparsemesh.deploy.mesh.MeshOptions;
import io.sparsemesh.deploy.mesh.OwnedFolder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

/// A mesh that ends with this JVM at the latest: by Ctrl-C or SIGTERM too.
///
/// @param stop ends it; only the first call does something
record RunningMesh(Mesh mesh, Runnable stop) implements AutoCloseable {

    /// Starts a mesh whose state is kept.
    static RunningMesh on(Installation installation, MeshOptions options, Consumer<String> log) {
        log.accept("data in " + options.dataDir());
        return start(Mesh.of(installation, options, log), () -> {});
    }

    /// Starts a mesh whose state is deleted when it has ended.
    static RunningMesh temporary(
            Installation installation, Function<Path, MeshOptions> options, Consumer<String> log) {
        OwnedFolder folder = OwnedFolder.temporary();
        log.accept("data in " + folder.path() + ", deleted at the end");
        Mesh mesh = Mesh.of(installation, options.apply(folder.path()), log);
        return start(mesh, folder::close);
    }

    private static RunningMesh start(Mesh mesh, Runnable cleanup) {
        Runnable stop =
                once(
                        () -> {
                            mesh.close();
                            cleanup.run();
                        });
        Runtime.getRuntime().addShutdownHook(new Thread(stop, "stop-mesh"));
        try {
            mesh.start();
        } catch (IllegalStateException e) {
            stop.run();
            throw new CommandException(ExitCode.INTERNAL, e.getMessage());
        }
        return new RunningMesh(mesh, stop);
    }

    /// Later callers wait until the first one is through.
    private static Runnable once(Runnable action) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            synchronized (done) {
                if (done.compareAndSet(false, true)) {
                    action.run();
                }
            }
        };
    }

    @Override
    public void close() {
        stop.run();
    }
}
