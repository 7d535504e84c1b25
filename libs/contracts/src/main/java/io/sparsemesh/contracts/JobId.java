package io.sparsemesh.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.regex.Pattern;

/// Names one pruning job, everywhere: URL, messages, database, artifact keys.
///
/// @param value 1 to 64 of `a-z 0-9 -`, safe in URLs and file names
public record JobId(@JsonValue String value) {

    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    @JsonCreator
    public JobId {
        if (value == null || !FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("job id: expected " + FORM + ", found " + value);
        }
    }

    /// The id that `text` is, if it is one.
    public static Optional<JobId> parse(String text) {
        return text != null && FORM.matcher(text).matches()
                ? Optional.of(new JobId(text))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return value;
    }
}
