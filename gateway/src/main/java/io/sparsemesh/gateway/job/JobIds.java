package io.sparsemesh.gateway.job;

import io.sparsemesh.contracts.JobId;
import java.math.BigInteger;
import java.security.SecureRandom;

/// Makes job ids: 26 characters that sort by time, 80 of their 128 bits random.
final class JobIds {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int LENGTH = 26;

    private JobIds() {}

    static JobId next() {
        byte[] bits = new byte[16];
        RANDOM.nextBytes(bits);
        long millis = System.currentTimeMillis();
        for (int i = 0; i < 6; i++) {
            bits[i] = (byte) (millis >>> (8 * (5 - i)));
        }
        String digits = new BigInteger(1, bits).toString(32);
        return new JobId("0".repeat(LENGTH - digits.length()) + digits);
    }
}
