package io.sparsemesh.deploy.progress;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One line for every state a job enters and every block it finishes; for logs and pipes.
final class PlainProgress implements ProgressView {
    private final PrintWriter out;
    private final Map<String, String> states = new HashMap<>();
    private final Set<String> blocks = new HashSet<>();

    PlainProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void show(List<JobView> jobs) {
        for (JobView job : jobs) {
            showBlocks(job);
            if (!job.state().equals(states.put(job.id(), job.state()))) {
                out.println(job.name() + "  " + job.state() + reason(job));
            }
        }
        out.flush();
    }

    private void showBlocks(JobView job) {
        for (JobView.BlockView block : job.blocks()) {
            if (block.isDone() && blocks.add(job.id() + "/" + block.block())) {
                out.println(
                        "%s  block %d done, %d of %d layers%s"
                                .formatted(
                                        job.name(),
                                        block.block(),
                                        job.done(),
                                        job.total(),
                                        Eta.text(job)));
            }
        }
    }

    private static String reason(JobView job) {
        return job.reason().isEmpty() ? "" : "  (" + job.reason() + ")";
    }
}
