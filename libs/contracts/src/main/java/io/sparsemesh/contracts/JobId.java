package io.sparsemesh.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
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

    @Override
    public String toString() {
        return value;
    }
}
