package io.sparsemesh.deploy.mesh;

import java.util.function.Predicate;

/// What a fault needs to be able to happen.
enum Need {
    NOTHING("", _ -> true),
    DIRECTORY("artifacts lie in a bucket, not in a directory", chaos -> chaos.bucket.isEmpty()),
    BUCKET("artifacts lie in a directory, not in a bucket", chaos -> chaos.bucket.isPresent()),
    SMALL_DISK(
            "artifacts do not lie on a small disk, which only root can mount",
            chaos -> chaos.bucket.isEmpty() && chaos.disk.canBeFull()),
    FAKETIME("libfaketime is not installed", _ -> SkewedClock.isInstalled());

    private final String lack;
    private final Predicate<ChaosMesh> met;

    Need(String lack, Predicate<ChaosMesh> met) {
        this.lack = lack;
        this.met = met;
    }

    boolean isMet(ChaosMesh chaos) {
        return met.test(chaos);
    }

    /// Why the fault cannot happen where this need is not met.
    String lack() {
        return lack;
    }
}
