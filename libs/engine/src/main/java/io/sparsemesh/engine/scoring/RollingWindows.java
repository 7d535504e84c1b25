package io.sparsemesh.engine.scoring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Windows over one text in which each of its tokens is scored once, as lm-evaluation-harness rolls
/// them with one token of context: a window starts with the last token of the one before. The last
/// window reaches back as far as it is long, so its tokens have more before them.
public final class RollingWindows {

    private RollingWindows() {}

    /// @param ids tokens of the text, without specials
    /// @param prefix the token that the first is predicted from
    /// @param length tokens that go through the model at once, at least 1
    /// @return none without tokens
    public static List<ScoredSequence> of(int[] ids, int prefix, int length) {
        int[] all = new int[ids.length + 1];
        all[0] = prefix;
        System.arraycopy(ids, 0, all, 1, ids.length);
        List<ScoredSequence> windows = new ArrayList<>();
        for (int done = 0; done < ids.length; done += length) {
            int end = Math.min(done + length, ids.length) + 1;
            int start = Math.max(0, end - 1 - length);
            windows.add(new ScoredSequence(Arrays.copyOfRange(all, start, end), done + 1 - start));
        }
        return windows;
    }
}
