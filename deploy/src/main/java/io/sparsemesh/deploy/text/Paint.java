package io.sparsemesh.deploy.text;

/// Puts colours around words, or leaves them as they are. Colour repeats what the word says: nobody
/// has to see it.
///
/// @param on whether there are colours
public record Paint(boolean on) {
    private static final String RESET = "\u001b[0m";
    private static final String CODES = "\u001b\\[[0-9;]*m";

    /// For what went as it should.
    public String good(String text) {
        return paint("\u001b[32m", text);
    }

    /// For what should be looked at.
    public String doubtful(String text) {
        return paint("\u001b[33m", text);
    }

    /// For what went wrong.
    public String bad(String text) {
        return paint("\u001b[31m", text);
    }

    /// A job's state, in the colour of its outcome if it has one.
    public String state(String state) {
        return switch (state) {
            case "SUCCEEDED" -> good(state);
            case "DEGRADED", "CANCELLED", "CANCELLING" -> doubtful(state);
            case "FAILED" -> bad(state);
            default -> state;
        };
    }

    /// Columns that `text` takes, its colours apart.
    static int width(String text) {
        return text.replaceAll(CODES, "").length();
    }

    private String paint(String colour, String text) {
        return on ? colour + text + RESET : text;
    }
}
