package io.sparsemesh.deploy.mesh;

import io.sparsemesh.embedded.ChildProcess;

/// One process of the mesh, over all its lives.
interface Member {

    String name();

    /// Starts the process, for the first time or again after it has ended. Returns when it is
    /// there, which need not mean ready.
    void start();

    /// Whether it can serve.
    boolean isReady();

    /// The newest process.
    ///
    /// @throws IllegalStateException if there was none yet
    ChildProcess process();

    /// Ends the process in order.
    void stop();
}
