package io.sparsemesh.sources;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The addresses that everybody can reach: what IANA's registries of special addresses leave over.
/// An address of IPv6 that stands for one of IPv4 is as public as that one.
public final class PublicNet {

    /// This host, private, shared, loopback, link-local (with cloud metadata), protocols,
    /// documentation, relays, benchmarks, multicast, reserved; and the one public address that in
    /// Azure is the host of the machine that asks, with its configuration.
    private static final List<Prefix> SPECIAL =
            Stream.of(
                            "0.0.0.0/8",
                            "10.0.0.0/8",
                            "100.64.0.0/10",
                            "127.0.0.0/8",
                            "168.63.129.16/32",
                            "169.254.0.0/16",
                            "172.16.0.0/12",
                            "192.0.0.0/24",
                            "192.0.2.0/24",
                            "192.88.99.0/24",
                            "192.168.0.0/16",
                            "198.18.0.0/15",
                            "198.51.100.0/24",
                            "203.0.113.0/24",
                            "224.0.0.0/4",
                            "240.0.0.0/4",
                            "64:ff9b:1::/48",
                            "100::/64",
                            "2001::/23",
                            "2001:db8::/32",
                            "3fff::/20",
                            "5f00::/16",
                            "fc00::/7",
                            "fe80::/10",
                            "fec0::/10",
                            "ff00::/8")
                    .map(Prefix::of)
                    .toList();

    /// IPv4-compatible, -mapped and -translated; NAT64; 6to4.
    private static final List<Embedding> EMBEDDINGS =
            List.of(
                    new Embedding(Prefix.of("::/64"), 12),
                    new Embedding(Prefix.of("64:ff9b::/96"), 12),
                    new Embedding(Prefix.of("2002::/16"), 2));

    private PublicNet() {}

    public static boolean holds(InetAddress address) {
        byte[] bytes = address.getAddress();
        return Stream.concat(Stream.of(bytes), embedded(bytes))
                .noneMatch(b -> SPECIAL.stream().anyMatch(prefix -> prefix.holds(b)));
    }

    private static Stream<byte[]> embedded(byte[] address) {
        return EMBEDDINGS.stream()
                .filter(embedding -> embedding.prefix().holds(address))
                .map(e -> Arrays.copyOfRange(address, e.offset(), e.offset() + 4));
    }

    /// @param offset of the address of IPv4 behind the prefix, in bytes
    private record Embedding(Prefix prefix, int offset) {}

    /// @param length of the addresses, in bytes
    /// @param head first bits of the addresses
    /// @param bits how many these are
    private record Prefix(int length, BigInteger head, int bits) {

        /// @param text such as `10.0.0.0/8`
        static Prefix of(String text) {
            String[] parts = text.split("/");
            byte[] address = InetAddress.ofLiteral(parts[0]).getAddress();
            int bits = Integer.parseInt(parts[1]);
            return new Prefix(address.length, head(address, bits), bits);
        }

        boolean holds(byte[] address) {
            return address.length == length && head(address, bits).equals(head);
        }

        private static BigInteger head(byte[] address, int bits) {
            return new BigInteger(1, address).shiftRight(8 * address.length - bits);
        }
    }
}
