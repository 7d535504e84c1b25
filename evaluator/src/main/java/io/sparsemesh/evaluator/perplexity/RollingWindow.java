package io.sparsemesh.evaluator.perplexity;

import io.sparsemesh.engine.scoring.RollingWindows;
import io.sparsemesh.engine.scoring.ScoredSequence;
import java.util.ArrayList;
import java.util.List;

/// A window of a text, with its share of the text's words and bytes by tokens: the shares of all
/// windows are the whole, so slices add up.
record RollingWindow(ScoredSequence sequence, long words, long bytes) {

    /// @param ids of the page, without specials
    /// @param prefix the token that the first is predicted from
    /// @param length tokens that go through the model at once
    static List<RollingWindow> of(Page page, int[] ids, int prefix, int length) {
        List<RollingWindow> windows = new ArrayList<>();
        long done = 0;
        for (ScoredSequence sequence : RollingWindows.of(ids, prefix, length)) {
            long end = done + sequence.scored();
            windows.add(
                    new RollingWindow(
                            sequence,
                            share(page.words(), done, end, ids.length),
                            share(page.bytes(), done, end, ids.length)));
            done = end;
        }
        return windows;
    }

    private static long share(long whole, long from, long to, long tokens) {
        return whole * to / tokens - whole * from / tokens;
    }
}
