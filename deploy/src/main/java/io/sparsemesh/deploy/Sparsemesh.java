package io.sparsemesh.deploy;

import io.sparsemesh.deploy.command.CommandLines;

/// Main class of `./sparsemesh`.
public final class Sparsemesh {
    private Sparsemesh() {}

    public static void main(String[] args) {
        System.exit(CommandLines.create().execute(args));
    }
}
