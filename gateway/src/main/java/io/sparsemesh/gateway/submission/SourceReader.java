package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.source.TokenIds;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Reads what names data: a URI, and what of the file is meant.
final class SourceReader {

    private static final int MAX_LENGTH = 1 << 17;

    private SourceReader() {}

    /// A URI that has to be there.
    static String uri(Fields fields) {
        Optional<String> uri = fields.requiredText("uri");
        if (uri.isPresent() && uri.get().isEmpty()) {
            fields.refuse("uri", Code.INVALID_URI, "expected a file: URI, found an empty string");
        }
        return uri.orElse("");
    }

    /// A source of text or token ids.
    static Draft.Source read(Fields fields) {
        Draft.Source source = Draft.Source.of(fields.pointer(), uri(fields));
        Optional<String> tensor =
                part(
                        fields,
                        "tensor",
                        source,
                        Draft.Source::isTokenIds,
                        "belongs to token ids in a .safetensors file, found text");
        Optional<String> field =
                part(
                        fields,
                        "field",
                        source,
                        Draft.Source::isJsonLines,
                        "belongs to the lines of a .jsonl file, found another");
        return new Draft.Source(
                source.pointer(),
                source.uri(),
                source.isTokenIds() ? tensor.orElse(TokenIds.DEFAULT_TENSOR) : "",
                field.orElse(TextSource.DEFAULT_FIELD));
    }

    private static Optional<String> part(
            Fields fields,
            String name,
            Draft.Source source,
            Predicate<Draft.Source> belongs,
            String refusal) {
        Optional<String> part = fields.text(name);
        if (part.isPresent() && !source.uri().isEmpty() && !belongs.test(source)) {
            fields.refuse(name, refusal);
        }
        if (part.isPresent() && !RequestReader.LABEL_VALUE.matcher(part.get()).matches()) {
            fields.refuse(name, "expected at most 256 printable characters");
        }
        return part;
    }

    /// Tokens of a sequence, if asked for.
    static OptionalInt length(Fields fields) {
        Optional<Integer> length = fields.count("sequenceLength", 2, MAX_LENGTH);
        return length.isPresent() ? OptionalInt.of(length.get()) : OptionalInt.empty();
    }
}
