package io.sparsemesh.contracts.plan;

/// How many characters patterns may look at. A regular expression that goes back again and again
/// looks at exponentially many, whoever waits for it; an honest one at some hundreds for a name.
/// Not for use by several threads.
public final class MatchBudget {

    /// For one pattern and one name.
    static final int LOOKS_AT_NAME = 100_000;

    /// For all of them: some seconds. Twenty patterns on the names of the largest known model with
    /// experts, some 50,000, take a third of it.
    static final long LOOKS = 500_000_000;

    private long left;
    private int leftForName;

    public MatchBudget() {
        this(LOOKS);
    }

    MatchBudget(long looks) {
        left = looks;
    }

    /// Whether nothing is left for any pattern.
    boolean isSpent() {
        return left < 0;
    }

    /// A text that is to be matched once.
    CharSequence watch(String text) {
        leftForName = LOOKS_AT_NAME;
        return new Watched(text);
    }

    private void look() {
        if (--leftForName < 0 || --left < 0) {
            throw new Exceeded();
        }
    }

    /// Ends a match at the look that is one too many.
    static final class Exceeded extends RuntimeException {
        private Exceeded() {
            super(null, null, false, false);
        }
    }

    private final class Watched implements CharSequence {

        private final String text;

        private Watched(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            look();
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Watched(text.substring(start, end));
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
