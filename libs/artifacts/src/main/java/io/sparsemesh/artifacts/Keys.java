package io.sparsemesh.artifacts;

import java.util.regex.Pattern;

/// The form of keys.
final class Keys {

    private static final int LONGEST = 1024;
    private static final Pattern FORM =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*");

    private Keys() {}

    /// Returns `key`, which cannot name anything outside a store nor a hidden file.
    ///
    /// @throws IllegalArgumentException if it is malformed
    static String checked(String key) {
        if (key == null || key.length() > LONGEST || !FORM.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "artifact key: expected at most %d characters of the form %s, found %s"
                            .formatted(LONGEST, FORM, key));
        }
        return key;
    }
}
