package io.sparsemesh.deploy.progress;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Bars on a terminal, drawn over the earlier ones: a line for each job and, for a single
/// job, one for each block around those being worked on.
final class TerminalProgress implements ProgressView {
    private static final int BAR = 28;
    private static final int BLOCK_LINES = 12;
    private static final String UP_ONE_LINE = "\u001b[1A";
    private static final String CLEAR_BELOW = "\u001b[0J";

    private final PrintWriter out;
    private int drawn;

    TerminalProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void show(List<JobView> jobs) {
        List<String> lines = new ArrayList<>();
        int width = jobs.stream().mapToInt(job -> job.name().length()).max().orElse(0);
        for (JobView job : jobs) {
            lines.add(jobLine(job, width));
            if (jobs.size() == 1) {
                lines.addAll(blockLines(job));
            }
        }
        out.print(UP_ONE_LINE.repeat(drawn) + "\r" + CLEAR_BELOW);
        lines.forEach(out::println);
        out.flush();
        drawn = lines.size();
    }

    private static String jobLine(JobView job, int width) {
        return "%s  %-10s %s %3d %%  block %d/%d%s"
                .formatted(
                        job.name() + " ".repeat(width - job.name().length()),
                        job.state(),
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
