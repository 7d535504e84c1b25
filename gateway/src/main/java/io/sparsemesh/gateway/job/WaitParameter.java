package io.sparsemesh.gateway.job;

import io.sparsemesh.gateway.problem.ProblemException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The `wait` of a long poll: `30s`, `500ms`, or a number of seconds.
final class WaitParameter {

    /// Longer waits end here: proxies cut idle connections.
    static final Duration LONGEST = Duration.ofSeconds(60);

    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|)");

    private WaitParameter() {}

    /// No wait if absent.
    ///
    /// @throws ProblemException if it is no duration
    static Duration parse(String value) {
        if (value == null) {
            return Duration.ZERO;
        }
        Matcher form = FORM.matcher(value);
        if (!form.matches()) {
            throw ProblemException.parameter(
                    "wait",
                    "expected a duration such as 30s or 500ms, found '%s'".formatted(value));
        }
        long number = Long.parseLong(form.group(1));
        Duration wait =
                form.group(2).equals("ms") ? Duration.ofMillis(number) : Duration.ofSeconds(number);
        return wait.compareTo(LONGEST) < 0 ? wait : LONGEST;
    }
}
