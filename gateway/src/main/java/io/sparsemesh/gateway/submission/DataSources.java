package io.sparsemesh.gateway.submission;

import io.sparsemesh.contracts.job.Calibration;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.contracts.job.TaskTemplate;
import io.sparsemesh.contracts.job.TextSource;
import io.sparsemesh.gateway.model.Model;
import io.sparsemesh.gateway.problem.Code;
import io.sparsemesh.gateway.problem.Errors;
import io.sparsemesh.gateway.problem.FieldError;
import io.sparsemesh.gateway.source.FileUri;
import io.sparsemesh.gateway.source.Roots;
import io.sparsemesh.gateway.source.SourceException;
import io.sparsemesh.gateway.source.TextFiles;
import io.sparsemesh.gateway.source.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
        if ((long) draft.samples() * length > CalibrationReader.MAX_TOKENS
                && draft.sequenceLength().isEmpty()) {
            errors.add(
                    "/calibration/samples",
                    Code.INVALID_VALUE,
                    "expected at most %d tokens in all samples, found %d x %d"
                            .formatted(CalibrationReader.MAX_TOKENS, draft.samples(), length));
        }
        return new Calibration(
                sources(draft, length), draft.sampling(), draft.samples(), length, draft.seed());
    }

    private List<Calibration.Source> sources(Draft.Calibration draft, int length) {
        List<Integer> shares = shares(draft);
        List<Calibration.Source> sources = new ArrayList<>();
        for (int i = 0; i < shares.size(); i++) {
            Draft.Weighted weighted = draft.weighted().get(i);
            if (shares.get(i) == 0) {
                errors.add(
                        weighted.pointer(),
                        Code.INVALID_VALUE,
                        "expected a weight that gives at least one of %d samples, found %s"
                                .formatted(draft.samples(), weighted.weight()));
            }
            TextSource text = source(weighted.source(), shares.get(i), length);
            sources.add(new Calibration.Source(text, weighted.weight()));
        }
        return sources;
    }

    private static List<Integer> shares(Draft.Calibration draft) {
        List<Calibration.Source> weights =
                draft.weighted().stream()
                        .map(w -> new Calibration.Source(TextSource.text(""), w.weight()))
                        .toList();
        return new Calibration(weights, draft.sampling(), draft.samples(), 1, 0).shares();
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
        return new Evaluation(
                draft.evaluation().dense(),
                perplexity,
                tasks,
                draft.evaluation().maxPerplexityRatio().orElse(null),
                draft.evaluation().perBlock());
    }

    /// Windows are as long as the calibration's, unless they are another protocol's.
    private Evaluation.Perplexity perplexity(
            Draft.Perplexity draft, OptionalInt calibrated, Optional<Model> model) {
        boolean asCalibrated = draft.protocol().equals(Evaluation.Perplexity.GPTQ);
        OptionalInt asked =
                draft.sequenceLength().isPresent() || !asCalibrated
                        ? draft.sequenceLength()
                        : calibrated;
        int length = length(asked, model);
        return new Evaluation.Perplexity(
                draft.name(), source(draft.source(), 1, length), draft.protocol(), length);
    }

    private Evaluation.ZeroShot zeroShot(Draft.ZeroShot draft) {
        Optional<TaskTemplate> template =
                draft.template().or(() -> draft.templateUri().flatMap(uri -> template(draft, uri)));
        boolean faulty = errors.anyBelow(draft.formatPointer());
        String uri =
                checked(
                        draft.source(),
                        file -> {
                            if (template.isPresent()) {
                                TextFiles.requireItems(file, template.get());
                            } else if (!faulty) {
                                TextFiles.requireItems(file, draft.name());
                            }
                        });
        return new Evaluation.ZeroShot(draft.name(), uri, template.orElse(null));
    }

    /// The format in a file. Each of its faults is told with the file's name and its place in it.
    private Optional<TaskTemplate> template(Draft.ZeroShot draft, String uri) {
        try {
            Path file = roots.existing(uri, Code.SOURCE_NOT_FOUND);
            Errors inFile = new Errors();
            Optional<TaskTemplate> template =
                    TemplateReader.read(Fields.of(TextFiles.json(file), "", inFile));
            for (FieldError fault : inFile.found()) {
                errors.add(
                        draft.formatPointer(),
                        Code.INVALID_SOURCE,
                        "[%s] %s: %s"
                                .formatted(file.getFileName(), fault.pointer(), fault.detail()));
            }
            return inFile.none() ? template : Optional.empty();
        } catch (SourceException e) {
            errors.add(draft.formatPointer(), e.code(), e.getMessage());
            return Optional.empty();
        }
    }

    private static int length(OptionalInt asked, Optional<Model> model) {
        int longest = model.map(m -> m.architecture().maxPositions()).orElse(DEFAULT_LENGTH);
        return asked.orElse(Math.min(DEFAULT_LENGTH, longest));
    }

    private TextSource source(Draft.Source source, long samples, long length) {
        if (!source.isTokenIds()) {
            String uri = checked(source, file -> TextFiles.requireText(file, source.field()));
            return new TextSource(uri, "", source.field());
        }
        return new TextSource(
                checked(source, file -> requireIds(file, source, samples, length)),
                source.tensor());
    }

    /// Sizes that are at fault themselves are not asked of the file.
    private void requireIds(Path file, Draft.Source source, long samples, long length) {
        TokenIds ids = TokenIds.read(file, source.tensor());
        String pointer = source.pointer();
        if (samples > 0
                && !errors.anyBelow(pointer + "/samples")
                && !errors.anyBelow("/calibration/samples")
                && !errors.anyBelow(pointer + "/sequenceLength")
                && !errors.anyBelow("/calibration/sequenceLength")) {
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
        Stream<Draft.Source> calibration =
                draft.calibration().stream().flatMap(c -> c.sources().stream());
        Stream<Draft.Source> perplexity =
                draft.evaluation().perplexity().stream().map(Draft.Perplexity::source);
        Stream<Draft.Source> tasks =
                draft.evaluation().tasks().stream().map(Draft.ZeroShot::source);
        return Stream.of(calibration, perplexity, tasks)
                .flatMap(sources -> sources)
                .filter(Draft.Source::isText)
                .findFirst();
    }
}
