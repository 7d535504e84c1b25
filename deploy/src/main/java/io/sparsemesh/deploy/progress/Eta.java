package io.sparsemesh.deploy.progress;

/// Writes durations and times to go.
public final class Eta {
    private Eta() {}

    /// `, ETA 1:02` while linears are being pruned and the gateway knows, else nothing.
    static String text(JobView job) {
        boolean pruning = job.state().equals("PRUNING") && job.done() < job.total();
        return pruning && job.etaSeconds() >= 0 ? ", ETA " + clock(job.etaSeconds()) : "";
    }

    /// `m:ss`, or `h:mm:ss` from an hour on.
    public static String clock(long seconds) {
        long minutes = seconds / 60;
        return minutes < 60
                ? "%d:%02d".formatted(minutes, seconds % 60)
                : "%d:%02d:%02d".formatted(minutes / 60, minutes % 60, seconds % 60);
    }
}
