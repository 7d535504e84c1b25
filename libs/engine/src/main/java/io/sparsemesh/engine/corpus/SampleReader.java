package io.sparsemesh.engine.corpus;

import io.sparsemesh.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Reads the sequences of a [SampleChoice].
///
/// @param tokenizer asked for texts only
/// @param vocabulary number of ids that the model has
public record SampleReader(Supplier<Tokenizer> tokenizer, long vocabulary) {

    /// What stands between the texts of a file.
    private static final String BLANK_LINE = "\n\n";

    private static final String SPACE = " ";

    /// The sequences, each of `length` token ids, part after part.
    ///
    /// @throws DataException when a file cannot be used or has too little
    public List<int[]> read(SampleChoice choice) {
        List<int[]> sequences = new ArrayList<>();
        for (int i = 0; i < choice.parts().size(); i++) {
            sequences.addAll(read(choice.parts().get(i), choice, choice.seed() + i));
        }
        return sequences;
    }

    private List<int[]> read(SampleChoice.Part part, SampleChoice choice, long seed) {
        int length = choice.length();
        if (isTokenIds(part)) {
            return rows(part, "").samples(part.samples(), length, seed);
        }
        return switch (choice.how()) {
            case PACKED ->
                    rows(part, TextFile.read(part.file(), part.field(), BLANK_LINE))
                            .samples(part.samples(), length, seed);
            case DOCUMENT -> documents(part).beginnings(part.samples(), length, seed);
            case WIKITEXT2, PTB ->
                    windows(part, lines(part, choice.how()), length, new PythonRandom(seed));
            case C4 -> documents(part).windows(part.samples(), length, new PythonRandom(seed));
        };
    }

    private static boolean isTokenIds(SampleChoice.Part part) {
        return name(part).endsWith(".safetensors");
    }

    private static String name(SampleChoice.Part part) {
        return part.file().getFileName().toString();
    }

    private TokenRows rows(SampleChoice.Part part, String text) {
        return TokenRows.read(part.file(), part.tensor(), () -> text, tokenizer, vocabulary);
    }

    private Documents documents(SampleChoice.Part part) {
        List<String> texts = TextFile.texts(part.file(), part.field());
        return new Documents(texts, new TextEncoder(name(part), tokenizer.get(), vocabulary));
    }

    /// As the reference has them from its data sets.
    private static String lines(SampleChoice.Part part, SampleChoice.How how) {
        if (name(part).endsWith(".jsonl")) {
            return TextFile.read(part.file(), part.field(), SPACE);
        }
        return how == SampleChoice.How.PTB
                ? TextFile.strippedLines(part.file(), SPACE)
                : TextFile.wikiText(part.file(), SPACE);
    }

    private List<int[]> windows(
            SampleChoice.Part part, String text, int length, PythonRandom random) {
        int[] ids = rows(part, text).rows().getFirst();
        if (ids.length <= length) {
            throw new DataException(
                    name(part),
                    "expected more than %d tokens, found %d".formatted(length, ids.length));
        }
        return IntStream.range(0, part.samples())
                .mapToObj(_ -> window(ids, length, random))
                .toList();
    }

    /// A window that ends before the last token, as the reference draws it.
    static int[] window(int[] ids, int length, PythonRandom random) {
        int start = random.below(ids.length - length);
        return Arrays.copyOfRange(ids, start, start + length);
    }
}
