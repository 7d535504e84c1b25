package io.sparsemesh.deploy.progress;

import io.sparsemesh.deploy.text.Paint;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Bars on a terminal, drawn over the earlier ones: a line for each job; for a single job one for
/// its state, one for the whole, and one for each block around those being worked on.
final class TerminalProgress implements ProgressView {
    private static final int BAR = 28;

    /// Columns of the longest state.
    private static final int STATE = 10;

    private static final int BLOCK_LINES = 12;
    private static final String UP_ONE_LINE = "\u001b[1A";
    private static final String CLEAR_BELOW = "\u001b[0J";

    /// A line that the terminal broke in two would count as one when going up.
    private static final String CUT_LONG_LINES = "\u001b[?7l";

    private static final String BREAK_LONG_LINES = "\u001b[?7h";

    private final PrintWriter out;
    private final Paint paint;
    private int drawn;

    TerminalProgress(PrintWriter out, Paint paint) {
        this.out = out;
        this.paint = paint;
    }

    @Override
    public void show(List<JobView> jobs) {
        List<String> lines = jobs.size() == 1 ? oneJob(jobs.getFirst()) : jobLines(jobs);
        out.print(UP_ONE_LINE.repeat(drawn) + "\r" + CLEAR_BELOW + CUT_LONG_LINES);
        out.println(String.join(System.lineSeparator(), lines) + BREAK_LONG_LINES);
        out.flush();
        drawn = lines.size();
    }

    private List<String> oneJob(JobView job) {
        List<String> lines = new ArrayList<>();
        lines.add(job.name() + "  " + paint.state(job.state()) + reason(job));
        lines.add("  all blocks " + whole(job));
        lines.addAll(blockLines(job));
        return lines;
    }

    private static String reason(JobView job) {
        return job.reason().isEmpty() ? "" : "  " + job.reason();
    }

    private List<String> jobLines(List<JobView> jobs) {
        int width = jobs.stream().mapToInt(job -> job.name().length()).max().orElse(0);
        return jobs.stream().map(job -> jobLine(job, width)).toList();
    }

    private String jobLine(JobView job, int width) {
        return "%s  %s%s %s"
                .formatted(
                        job.name() + " ".repeat(width - job.name().length()),
                        paint.state(job.state()),
                        " ".repeat(Math.max(0, STATE - job.state().length())),
                        whole(job));
    }

    private static String whole(JobView job) {
        return "%s %3d %%  block %d/%d%s"
                .formatted(
                        bar(job.done(), job.total()),
                        job.percent(),
                        job.blocksDone(),
                        job.blocks().size(),
                        Eta.text(job));
    }

    private static List<String> blockLines(JobView job) {
        if (job.isTerminal()) {
            return List.of();
        }
        List<JobView.BlockView> blocks = job.blocks();
        int active = 0;
        while (active < blocks.size() && blocks.get(active).isDone()) {
            active++;
        }
        int last = Math.min(blocks.size(), Math.max(active + BLOCK_LINES / 2, BLOCK_LINES));
        List<String> lines = new ArrayList<>();
        for (var block : blocks.subList(Math.max(0, last - BLOCK_LINES), last)) {
            lines.add(
                    "  block %3d  %s %d/%d%s"
                            .formatted(
                                    block.block(),
                                    bar(block.done(), block.total()),
                                    block.done(),
                                    block.total(),
                                    block.isActive() ? "  working" : ""));
        }
        return lines;
    }

    static String bar(int done, int total) {
        int full = total == 0 ? 0 : (int) ((long) BAR * done / total);
        return "█".repeat(full) + "░".repeat(BAR - full);
    }
}
