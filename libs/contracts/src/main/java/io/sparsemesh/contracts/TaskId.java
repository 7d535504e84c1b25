package io.sparsemesh.contracts;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Pattern;

/// Names one task within its job, such as `calibrate-b003-s01`.
///
/// @param value 1 to 128 of `A-Z a-z 0-9 . _ -`, safe in file names
public record TaskId(@JsonValue String value) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    @JsonCreator
    public TaskId {
        if (value == null || !FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("task id: expected " + FORM + ", found " + value);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
