package io.sparsemesh.deploy.progress;

import java.io.PrintWriter;
import java.util.List;

/// Shows how far jobs are.
public sealed interface ProgressView permits TerminalProgress, PlainProgress, SilentProgress {

    /// Shows the newest state of all jobs; called as often as something changes.
    void show(List<JobView> jobs);

    /// Bars that redraw themselves on a terminal, else a line for every step.
    ///
    /// @param out where to
    /// @param terminal whether `out` is a terminal that understands ANSI sequences
    static ProgressView on(PrintWriter out, boolean terminal) {
        return terminal ? new TerminalProgress(out) : new PlainProgress(out);
    }

    /// Shows nothing.
    static ProgressView none() {
        return new SilentProgress();
    }

    /// Whether standard output is a terminal for bars.
    static boolean isTerminal() {
        return System.console() != null
                && System.console().isTerminal()
                && !"dumb".equals(System.getenv("TERM"));
    }
}
