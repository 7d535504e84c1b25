package io.sparsemesh.engine.corpus;

/// CPython's `random` with a whole number as its seed: the Mersenne Twister MT19937 (Matsumoto and
/// Nishimura 1998, initialised by an array as they published in 2002), and the rejection by which
/// `randint` and `randrange` draw from it. Samples that were drawn in Python can be drawn again.
final class PythonRandom {

    private static final int WORDS = 624;
    private static final int SHIFT = 397;
    private static final int UPPER = 0x80000000;
    private static final int LOWER = 0x7fffffff;

    private final int[] state = new int[WORDS];
    private int next = WORDS;

    /// As `random.seed(seed)`: its absolute value in words of 32 bits, the lowest first.
    PythonRandom(long seed) {
        long size = Math.abs(seed);
        int high = (int) (size >>> Integer.SIZE);
        initialise(high == 0 ? new int[] {(int) size} : new int[] {(int) size, high});
    }

    private void initialise(int[] key) {
        initialise(19650218);
        int at = 1;
        for (int k = 0; k < Math.max(WORDS, key.length); k++) {
            int j = k % key.length;
            state[at] = (state[at] ^ mixed(at) * 1664525) + key[j] + j;
            at = following(at);
        }
        for (int k = 0; k < WORDS - 1; k++) {
            state[at] = (state[at] ^ mixed(at) * 1566083941) - at;
            at = following(at);
        }
        state[0] = UPPER;
    }

    private void initialise(int word) {
        state[0] = word;
        for (int i = 1; i < WORDS; i++) {
            state[i] = 1812433253 * mixed(i) + i;
        }
    }

    private int mixed(int at) {
        return state[at - 1] ^ state[at - 1] >>> 30;
    }

    /// The word after `at`; the first one is only a copy of the last.
    private int following(int at) {
        if (at < WORDS - 1) {
            return at + 1;
        }
        state[0] = state[WORDS - 1];
        return 1;
    }

    /// As `getrandbits(bits)`.
    ///
    /// @param bits 1 to 32
    int bits(int bits) {
        return word() >>> Integer.SIZE - bits;
    }

    /// As `randrange(bound)`, and `randint(0, bound - 1)`.
    ///
    /// @param bound at least 1
    int below(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("expected a bound of 1 and more, found " + bound);
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
        int drawn = bits(bits);
        while (drawn >= bound) {
            drawn = bits(bits);
        }
        return drawn;
    }

    private int word() {
        if (next == WORDS) {
            twist();
            next = 0;
        }
        int word = state[next++];
        word ^= word >>> 11;
        word ^= word << 7 & 0x9d2c5680;
        word ^= word << 15 & 0xefc60000;
        return word ^ word >>> 18;
    }

    private void twist() {
        for (int i = 0; i < WORDS; i++) {
            int joined = state[i] & UPPER | state[(i + 1) % WORDS] & LOWER;
            int odd = (joined & 1) == 0 ? 0 : 0x9908b0df;
            state[i] = state[(i + SHIFT) % WORDS] ^ joined >>> 1 ^ odd;
        }
    }
}
