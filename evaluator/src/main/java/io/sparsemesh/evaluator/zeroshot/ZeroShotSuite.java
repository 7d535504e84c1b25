package io.sparsemesh.evaluator.zeroshot;

import io.sparsemesh.contracts.evaluation.Tally;
import io.sparsemesh.contracts.job.Evaluation;
import io.sparsemesh.engine.cache.OpenModel;
import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.corpus.TextFile;
import io.sparsemesh.engine.device.TokenScores;
import io.sparsemesh.engine.scoring.ScoredSequence;
import io.sparsemesh.evaluator.suite.LogLikelihoods;
import io.sparsemesh.evaluator.suite.Slice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The questions of one file.
///
/// @param suite as the job has it; its format, or its name, says how the file is read
/// @param file `.jsonl`
public record ZeroShotSuite(Evaluation.ZeroShot suite, Path file) {

    private record Item(TextFile.Line line, Question question) {}

    /// Asks the questions of a slice. The whole file is read first, so that every slice of a file
    /// that cannot be used says so.
    ///
    /// @param betweenChunks called now and then; what it throws comes through
    /// @throws DataException naming the line that cannot be used, or when there is none
    /// @throws io.sparsemesh.checkpoint.CheckpointException when the model has no tokenizer
    /// @throws io.sparsemesh.engine.solver.NumericalException when the model's answer is not finite
    public Tally measure(OpenModel model, Slice slice, Runnable betweenChunks) {
        List<Item> all = read();
        Tally tally = Tally.none(all.getFirst().question().kind());
        List<Item> items = slice.of(all);
        if (items.isEmpty()) {
            return tally;
        }
        List<EncodedRequest> requests = encode(model, items);
        List<TokenScores> scores = model.scorer().score(sequences(requests), betweenChunks);
        int from = 0;
        for (Item item : items) {
            int to = from + item.question().requests().size();
            tally = tally.plus(tally(item, requests.subList(from, to), scores.subList(from, to)));
            from = to;
        }
        return tally;
    }

    private Tally tally(Item item, List<EncodedRequest> requests, List<TokenScores> scores) {
        boolean truncated = requests.stream().anyMatch(EncodedRequest::truncated);
        return answer(item, scores).tally(item.question()).withTruncated(truncated ? 1 : 0);
    }

    private static List<ScoredSequence> sequences(List<EncodedRequest> requests) {
        return requests.stream().map(EncodedRequest::sequence).toList();
    }

    private List<Item> read() {
        TaskFormat format = TaskFormats.of(suite);
        List<Item> items = new ArrayList<>();
        for (TextFile.Line line : TextFile.lines(file)) {
            Item item = new Item(line, format.read(line));
            items.add(item);
            requireSameKind(items.getFirst(), item);
        }
        if (items.isEmpty()) {
            throw new DataException(
                    file.getFileName().toString(), "expected at least one question, found none");
        }
        return items;
    }

    private static void requireSameKind(Item first, Item item) {
        if (item.question().kind() != first.question().kind()) {
            throw item.line()
                    .invalid(
                            "expected a question of the kind %s as in line %d, found %s"
                                    .formatted(
                                            first.question().kind(),
                                            first.line().number(),
                                            item.question().kind()));
        }
    }

    private static List<EncodedRequest> encode(OpenModel model, List<Item> items) {
        RequestEncoder encoder = RequestEncoder.of(model);
        return items.stream()
                .flatMap(
                        item ->
                                item.question().requests().stream()
                                        .map(request -> encoder.encode(item.line(), request)))
                .toList();
    }

    private Answer answer(Item item, List<TokenScores> scores) {
        Answer answer = Answer.of(scores);
        double sum = Arrays.stream(answer.logLikelihoods()).sum();
        LogLikelihoods.requireFinite(suite.name(), "line " + item.line().number(), sum);
        return answer;
    }
}
