package io.sparsemesh.deploy.progress;

import io.sparsemesh.deploy.text.Paint;
import io.sparsemesh.deploy.text.Terminal;
import java.io.PrintWriter;
import java.util.List;

/// Shows how far jobs are.
public sealed interface ProgressView permits TerminalProgress, PlainProgress, SilentProgress {

    /// Shows the newest state of all jobs; called as often as something changes.
    void show(List<JobView> jobs);

    /// Bars that redraw themselves on a terminal, else a line for every step.
    ///
    /// @param out where to
    /// @param terminal what is known of the terminals
    /// @param descriptor of `out`
    static ProgressView on(PrintWriter out, Terminal terminal, int descriptor) {
        return terminal.isOn(descriptor)
                ? new TerminalProgress(out, new Paint(terminal.hasColours(descriptor)))
                : new PlainProgress(out);
    }

    /// Shows nothing.
    static ProgressView none() {
        return new SilentProgress();
    }
}
