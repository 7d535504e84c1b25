package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.gateway.model.Model;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.source.FileUri;
import io.sparsemesh.gateway.source.Roots;
import io.sparsemesh.gateway.source.SourceException;
import io.sparsemesh.gateway.source.TextFiles;
import io.sparsemesh.gateway.source.TokenIds;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Finds and checks the calibration and evaluation data of a request.
final class DataSources {

    private static final int DEFAULT_LENGTH = 2048;

    private final Roots roots;
    private final Errors errors;

    DataSources(Roots roots, Errors errors) {
        this.roots = roots;
        this.errors = errors;
    }

    Calibration calibration(Draft.Calibration draft, Optional<Model> model) {
        int length = length(draft.sequenceLength(), model);
        TextSource source = source(draft.source(), draft.samples(), length);
        if ((long) draft.samples() * length > RequestReader.MAX_CALIBRATION_TOKENS
                && draft.sequenceLength().isEmpty()) {
            errors.add(
                    "/calibration/samples",
                    Code.INVALID_VALUE,
                    "expected at most %d tokens in all samples, found %d x %d"
                            .formatted(
                                    RequestReader.MAX_CALIBRATION_TOKENS, draft.samples(), length));
        }
        return new Calibration(source, draft.samples(), length, draft.seed());
    }

    Evaluation evaluation(Draft draft, Optional<Model> model) {
        OptionalInt calibrated =
                draft.calibration()
                        .map(Draft.Calibration::sequenceLength)
                        .orElse(OptionalInt.empty());
        List<Evaluation.Perplexity> perplexity =
                draft.evaluation().perplexity().stream()
                        .map(p -> perplexity(p, calibrated, model))
                        .toList();
        List<Evaluation.ZeroShot> tasks =
                draft.evaluation().tasks().stream().map(this::zeroShot).toList();
        return new Evaluation(draft.evaluation().dense(), perplexity, tasks);
    }

    private Evaluation.Perplexity perplexity(
            Draft.Perplexity draft, OptionalInt calibrated, Optional<Model> model) {
        OptionalInt asked =
                draft.sequenceLength().isPresent() ? draft.sequenceLength() : calibrated;
        int length = length(asked, model);
        return new Evaluation.Perplexity(
                draft.name(), source(draft.source(), 1, length), "gptq", length);
    }

    private Evaluation.ZeroShot zeroShot(Draft.ZeroShot draft) {
        Draft.Source source = draft.source();
        String uri = checked(source, file -> TextFiles.requireItems(file, draft.name()));
        return new Evaluation.ZeroShot(draft.name(), uri);
    }

    private static int length(OptionalInt asked, Optional<Model> model) {
        int longest = model.map(m -> m.architecture().maxPositions()).orElse(DEFAULT_LENGTH);
        return asked.orElse(Math.min(DEFAULT_LENGTH, longest));
    }

    private TextSource source(Draft.Source source, long samples, long length) {
        if (!source.isTokenIds()) {
            return TextSource.text(checked(source, TextFiles::requireText));
        }
        return new TextSource(
                checked(source, file -> requireIds(file, source, samples, length)),
                source.tensor());
    }

    /// Sizes that are at fault themselves are not asked of the file.
    private void requireIds(Path file, Draft.Source source, long samples, long length) {
        TokenIds ids = TokenIds.read(file, source.tensor());
        String pointer = source.pointer();
        if (!errors.anyBelow(pointer + "/samples")
                && !errors.anyBelow(pointer + "/sequenceLength")) {
            ids.requireWindows(file, samples, length);
        }
    }

    private String checked(Draft.Source source, Consumer<Path> check) {
        if (source.uri().isEmpty() || errors.anyBelow(source.uriPointer())) {
            return "";
        }
        try {
            Path file = roots.existing(source.uri(), Code.SOURCE_NOT_FOUND);
            check.accept(file);
            return FileUri.of(file);
        } catch (SourceException e) {
            errors.add(source.uriPointer(), e.code(), e.getMessage());
            return "";
        }
    }

    /// Text needs the model's tokenizer; token ids do not.
    void requireTokenizer(Model model, Draft draft) {
        if (model.hasTokenizer()) {
            return;
        }
        textual(draft)
                .ifPresent(
                        source ->
                                errors.add(
                                        "/model/uri",
                                        Code.TOKENIZER_MISSING,
                                        "expected tokenizer.json, or vocab.json and merges.txt, in"
                                                + " the model folder because %s is text, found none"
                                                        .formatted(source.pointer())));
    }

    private static Optional<Draft.Source> textual(Draft draft) {
        Optional<Draft.Source> calibration =
                draft.calibration().map(Draft.Calibration::source).filter(Draft.Source::isText);
        Optional<Draft.Source> perplexity =
                draft.evaluation().perplexity().stream()
                        .map(Draft.Perplexity::source)
                        .filter(Draft.Source::isText)
                        .findFirst();
        return calibration
                .or(() -> perplexity)
                .or(
                        () ->
                                draft.evaluation().tasks().stream()
                                        .map(Draft.ZeroShot::source)
                                        .filter(Draft.Source::isText)
                                        .findFirst());
    }
}
