package io.sparsemesh.deploy.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Text in columns: the first one flush left, the others as their heading says.
public final class Table {
    private final List<String[]> rows = new ArrayList<>();

    /// @param headings of the columns; one that begins with `>` is flush right
    public Table(String... headings) {
        rows.add(headings);
    }

    /// @param cells as many as there are headings
    public void row(String... cells) {
        if (cells.length != rows.getFirst().length) {
            throw new IllegalArgumentException(
                    "expected %d cells, found %d".formatted(rows.getFirst().length, cells.length));
        }
        rows.add(cells);
    }

    public void print(PrintWriter out) {
        String[] headings = rows.getFirst();
        boolean[] right = new boolean[headings.length];
        for (int c = 0; c < headings.length; c++) {
            right[c] = headings[c].startsWith(">");
            headings[c] = right[c] ? headings[c].substring(1) : headings[c];
        }
        int[] widths = new int[headings.length];
        for (String[] row : rows) {
            Arrays.setAll(widths, c -> Math.max(widths[c], Paint.width(row[c])));
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < row.length; c++) {
                String gap = " ".repeat(widths[c] - Paint.width(row[c]));
                line.append(right[c] ? gap + row[c] : row[c] + gap).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
