package io.sparsemesh.deploy.mesh;

/// A fault came to nothing: there was nothing that it could happen to, or no right to do it.
final class NothingHappened extends Exception {

    private static final long serialVersionUID = 1L;

    NothingHappened(String why) {
        super(why);
    }
}
