package io.sparsemesh.evaluator.suite;

/// Texts as Python sees them: the public tasks and protocols are defined by its functions.
public final class PythonText {

    private PythonText() {}

    /// As `strip`.
    public static String stripped(String text) {
        String end = strippedEnd(text);
        int start = 0;
        while (start < end.length() && isSpace(end.charAt(start))) {
            start++;
        }
        return end.substring(start);
    }

    /// As `rstrip`.
    public static String strippedEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /// As `len(re.split(r"\s+", text))`: white space at an end sets an empty word apart.
    public static int words(String text) {
        int words = 1;
        for (int i = 0; i < text.length(); i++) {
            if (isSpace(text.charAt(i)) && (i == 0 || !isSpace(text.charAt(i - 1)))) {
                words++;
            }
        }
        return words;
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }
}
