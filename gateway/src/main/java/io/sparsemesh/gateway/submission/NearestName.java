package io.sparsemesh.gateway.submission;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/// Finds the name that a mistyped one was probably meant to be.
final class NearestName {

    /// Longer names are not compared whole: the request decides how long they are.
    private static final int COMPARED = 64;

    private NearestName() {}

    /// The one of `names`, not empty, that takes the fewest edits to become `name`.
    static String among(Collection<String> names, String name) {
        return names.stream()
                .min(Comparator.comparingInt(known -> distance(known, name)))
                .orElseThrow();
    }

    /// Levenshtein distance, upper and lower case alike.
    static int distance(String left, String right) {
        String a = head(left);
        String b = head(right);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private static String head(String text) {
        return text.substring(0, Math.min(COMPARED, text.length())).toLowerCase(Locale.ROOT);
    }
}
