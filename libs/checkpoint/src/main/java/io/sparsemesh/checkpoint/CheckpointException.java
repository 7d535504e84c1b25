package io.sparsemesh.checkpoint;

/// A checkpoint file or folder that cannot be read or written. The message begins with the
/// place: `[model.safetensors] tensor 'x': expected 8 bytes, found 4`.
public final class CheckpointException extends RuntimeException {

    private static final int SHOWN_CHARACTERS = 200;

    /// Files may hold a megabyte where a number is expected.
    private static final int LONGEST_DETAIL = 4_000;

    private final String file;
    private final String tensor;

    /// @param file name of the file or folder, empty when the bytes came from no file
    /// @param tensor name of the tensor, empty when the fault is not one tensor's
    /// @param detail what was expected and what was found
    public CheckpointException(String file, String tensor, String detail) {
        this(file, tensor, detail, null);
    }

    /// As above, with the failure underneath.
    public CheckpointException(String file, String tensor, String detail, Throwable cause) {
        super(message(file, tensor, detail), cause);
        this.file = file;
        this.tensor = tensor;
    }

    /// Name of the file or folder; empty when the bytes came from no file.
    public String file() {
        return file;
    }

    /// Name of the tensor; empty when the fault is not one tensor's.
    public String tensor() {
        return tensor;
    }

    private static String message(String file, String tensor, String detail) {
        String place = file.isEmpty() ? "" : "[" + printable(file) + "] ";
        return place + (tensor.isEmpty() ? "" : "tensor " + quoted(tensor) + ": ") + cut(detail);
    }

    private static String cut(String detail) {
        return detail.length() > LONGEST_DETAIL
                ? detail.substring(0, LONGEST_DETAIL) + "..."
                : detail;
    }

    /// Text of unknown origin in quotes, shortened, without control characters.
    static String quoted(String text) {
        return "'" + printable(text) + "'";
    }

    /// Text of unknown origin, shortened, without control characters.
    public static String printable(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(SHOWN_CHARACTERS)
                .forEach(
                        c -> {
                            if (isHidden(c)) {
                                shown.append("\\u%04x".formatted(c));
                            } else {
                                shown.appendCodePoint(c);
                            }
                        });
        return text.codePointCount(0, text.length()) > SHOWN_CHARACTERS
                ? shown.append("...").toString()
                : shown.toString();
    }

    private static boolean isHidden(int c) {
        return Character.isISOControl(c)
                || Character.getType(c) == Character.FORMAT
                || Character.getType(c) == Character.SURROGATE;
    }
}
