package io.sparsemesh.engine.corpus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/// Texts that are tokenised one by one, with the tokenizer's specials, when they are asked for.
final class Documents {

    private final List<String> texts;
    private final TextEncoder encoder;
    private final Map<Integer, int[]> encoded = new HashMap<>();

    Documents(List<String> texts, TextEncoder encoder) {
        this.texts = texts;
        this.encoder = encoder;
    }

    /// The first `length` tokens of `samples` different texts that have as many: those that come
    /// first when all are shuffled by a [Random] of `seed`.
    ///
    /// @throws DataException when too few are long enough
    List<int[]> beginnings(int samples, int length, long seed) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, texts.size()).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        List<int[]> beginnings = new ArrayList<>();
        for (int i = 0; i < order.size() && beginnings.size() < samples; i++) {
            int[] ids = encoder.encode(texts.get(order.get(i)), true);
            if (ids.length >= length) {
                beginnings.add(Arrays.copyOf(ids, length));
            }
        }
        if (beginnings.size() < samples) {
            throw tooFew(samples, "%d or more".formatted(length), beginnings.size());
        }
        return beginnings;
    }

    /// As the reference draws from C4: a text at random until one has more than `length` tokens, a
    /// window of it at random; texts may come again.
    ///
    /// @throws DataException when none is long enough
    List<int[]> windows(int samples, int length, PythonRandom random) {
        List<int[]> windows = new ArrayList<>();
        Set<Integer> tooShort = new HashSet<>();
        while (windows.size() < samples) {
            if (tooShort.size() == texts.size()) {
                throw tooFew(1, "more than %d".formatted(length), 0);
            }
            int drawn = random.below(texts.size());
            int[] ids = encoded.computeIfAbsent(drawn, i -> encoder.encode(texts.get(i), true));
            if (ids.length > length) {
                windows.add(SampleReader.window(ids, length, random));
            } else {
                tooShort.add(drawn);
            }
        }
        return windows;
    }

    private DataException tooFew(int samples, String length, int found) {
        return new DataException(
                encoder.file(),
                "expected at least %d texts of %s tokens, found %d of %d"
                        .formatted(samples, length, found, texts.size()));
    }
}
