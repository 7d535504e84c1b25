package io.sparsemesh.deploy.progress;

import java.util.List;

/// For output that another program reads.
record SilentProgress() implements ProgressView {
    @Override
    public void show(List<JobView> jobs) {
        // nothing, that is its purpose
    }
}
