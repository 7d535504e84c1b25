package io.sparsemesh.gateway.job;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How long jobs that have ended are kept.
record RetentionAge(Duration age) {

    static final String SETTING = "SPARSEMESH_RETENTION";

    /// Whatever the unit, the number of seconds is one.
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})([smhdw])");

    /// @param setting such as `30d`; empty to keep them for ever
    /// @throws IllegalArgumentException naming the setting
    static Optional<RetentionAge> parse(String setting) {
        if (setting.isBlank()) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(setting.strip());
        if (!form.matches() || Long.parseLong(form.group(1)) == 0) {
            throw new IllegalArgumentException(
                    "%s: expected a whole number above 0 and s, m, h, d or w, such as 30d, or nothing to keep jobs for ever, found '%s'"
                            .formatted(SETTING, setting));
        }
        return Optional.of(
                new RetentionAge(duration(Long.parseLong(form.group(1)), form.group(2))));
    }

    private static Duration duration(long count, String unit) {
        return switch (unit) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> Duration.ofDays(7 * count);
        };
    }
}
