package io.sparsemesh.deploy.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A [ScalingReport] as SVG: times faster over workers, the law as lines and what was measured as
/// circles, on a ground of its own for pages of any colour.
public final class ScalingPlot {
    private static final int WIDTH = 680;
    private static final int HEIGHT = 460;
    private static final int LEFT = 64;
    private static final int TOP = 76;
    private static final int RIGHT = 500;
    private static final int BOTTOM = 400;
    private static final String INK = "#222222";
    private static final String GREY = "#666666";

    private final ScalingReport report;
    private final int most;
    private final StringBuilder svg = new StringBuilder();

    /// How one kind of job looks.
    private record Look(String propagation, String colour, String dashes) {}

    private static final List<Look> LOOKS =
            List.of(new Look("dense", "#0b62a8", "none"), new Look("sequential", "#b4430f", "7 4"));

    private ScalingPlot(ScalingReport report) {
        this.report = report;
        this.most = report.runs().stream().mapToInt(ScalingReport.Row::workers).max().orElse(1);
    }

    public static String svg(ScalingReport report) {
        return new ScalingPlot(report).draw();
    }

    private String draw() {
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">",
                WIDTH, HEIGHT);
        add("<title>Times faster than one worker, measured and by the law</title>");
        add("<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
        text(
                LEFT,
                28,
                "start",
                INK,
                "%d blocks of OPT-175B on workers that sleep for a GPU's times",
                report.blocks());
        text(LEFT, 48, "start", GREY, "Lines: the law. Circles: measured.");
        axes();
        add(
                "<polyline points=\"%s %s\" fill=\"none\" stroke=\"%s\" stroke-dasharray=\"2 4\"/>",
                point(1, 1), point(most, most), GREY);
        label(most, GREY, "as many as workers");
        for (Look look : LOOKS) {
            series(look);
        }
        add("</svg>");
        return svg.toString();
    }

    private void axes() {
        for (int i = 0; i <= most; i++) {
            add("<path d=\"M%d %.1fH%d\" stroke=\"#e2e2e2\"/>", LEFT, y(i), RIGHT);
            text(LEFT - 10, y(i) + 4, "end", INK, "%d", i);
            text(x(i), BOTTOM + 20, "middle", INK, "%d", i);
        }
        add(
                "<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"%s\"/>",
                LEFT, TOP, BOTTOM, RIGHT, INK);
        text((LEFT + RIGHT) / 2.0, BOTTOM + 44, "middle", INK, "workers");
        add(
                "<text transform=\"translate(24 %d) rotate(-90)\" text-anchor=\"middle\" fill=\"%s\">times faster than one worker</text>",
                (TOP + BOTTOM) / 2, INK);
    }

    private void series(Look look) {
        String points =
                IntStream.rangeClosed(1, most)
                        .mapToObj(n -> point(n, law(look, 1) / law(look, n)))
                        .collect(Collectors.joining(" "));
        add(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
                points, look.colour(), look.dashes());
        label(law(look, 1) / law(look, most), look.colour(), look.propagation() + " propagation");
        for (ScalingReport.Row row : report.runs()) {
            if (row.propagation().equals(look.propagation())) {
                mark(look, row);
            }
        }
    }

    private double law(Look look, int workers) {
        return ScalingBench.law(look.propagation(), report.blocks(), workers, report.speed());
    }

    private void mark(Look look, ScalingReport.Row row) {
        add(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"#ffffff\" stroke=\"%s\" stroke-width=\"2\"><title>%s, %d workers: %.1f s, %.2f times faster</title></circle>",
                x(row.workers()),
                y(row.timesFaster()),
                look.colour(),
                look.propagation(),
                row.workers(),
                row.seconds(),
                row.timesFaster());
    }

    /// Beside the right end of a line.
    private void label(double faster, String colour, String words) {
        text(RIGHT + 12, y(faster) + 4, "start", colour, "%s", words);
    }

    private void text(
            double x, double y, String anchor, String colour, String words, Object... args) {
        add(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
                x, y, anchor, colour, String.format(Locale.ROOT, words, args));
    }

    private String point(double workers, double faster) {
        return String.format(Locale.ROOT, "%.1f,%.1f", x(workers), y(faster));
    }

    private double x(double workers) {
        return LEFT + (RIGHT - LEFT) * workers / most;
    }

    private double y(double faster) {
        return BOTTOM - (BOTTOM - TOP) * faster / most;
    }

    private void add(String format, Object... args) {
        svg.append(String.format(Locale.ROOT, format, args)).append('\n');
    }
}
