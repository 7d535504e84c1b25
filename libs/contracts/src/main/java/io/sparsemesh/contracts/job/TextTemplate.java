package io.sparsemesh.contracts.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text with places for the fields of a line: `{{goal}}`, `{{choices.text.0}}`.
///
/// @param text as it is written
public record TextTemplate(@JsonValue String text) {

    private static final Pattern PLACE = Pattern.compile("\\{\\{\\s*([^{}]*?)\\s*\\}\\}");

    @JsonCreator
    public TextTemplate {}

    /// The fields in order, one that stands twice twice.
    public List<FieldPath> fields() {
        return PLACE.matcher(text).results().map(TextTemplate::path).toList();
    }

    /// The text with `value` in each place.
    public String fill(Function<FieldPath, String> value) {
        return PLACE.matcher(text)
                .replaceAll(place -> Matcher.quoteReplacement(value.apply(path(place))));
    }

    private static FieldPath path(MatchResult place) {
        return FieldPath.of(place.group(1));
    }

    /// Whether each `{{` has its `}}` with a field between them.
    public boolean isWhole() {
        String rest = PLACE.matcher(text).replaceAll("");
        return !rest.contains("{{")
                && !rest.contains("}}")
                && fields().stream().allMatch(FieldPath::isWhole);
    }

    @Override
    public String toString() {
        return text;
    }
}
