package io.sparsemesh.sources;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicNetTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.1.2.3",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.0.1",
                "168.63.129.16",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
            })
    void specialAddressIsNotPublicInAnyForm(String address) throws UnknownHostException {
        assertThat(PublicNet.holds(InetAddress.ofLiteral(address))).isFalse();
        assertThat(forms(address)).noneMatch(PublicNet::holds);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.0.0.0",
                "8.8.8.8",
                "9.255.255.255",
                "18.64.1.1",
                "100.63.255.255",
                "100.128.0.0",
                "168.63.129.15",
                "168.63.129.17",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.1",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
            })
    void otherAddressIsPublicInEveryForm(String address) throws UnknownHostException {
        assertThat(PublicNet.holds(InetAddress.ofLiteral(address))).isTrue();
        assertThat(forms(address)).allMatch(PublicNet::holds);
    }

    /// Compatible, mapped, translated, NAT64, 6to4. Literals of mapped ones become IPv4 in Java.
    private static InetAddress[] forms(String address) throws UnknownHostException {
        byte[] four = InetAddress.ofLiteral(address).getAddress();
        return new InetAddress[] {
            InetAddress.ofLiteral("::" + address),
            mapped(four),
            InetAddress.ofLiteral("::ffff:0:" + address),
            InetAddress.ofLiteral("64:ff9b::" + address),
            InetAddress.ofLiteral(
                    "2002:%02x%02x:%02x%02x::1".formatted(four[0], four[1], four[2], four[3]))
        };
    }

    private static InetAddress mapped(byte[] four) throws UnknownHostException {
        byte[] six = new byte[16];
        six[10] = (byte) 0xff;
        six[11] = (byte) 0xff;
        System.arraycopy(four, 0, six, 12, 4);
        InetAddress mapped = Inet6Address.getByAddress(null, six, -1);
        assertThat(mapped.getAddress()).hasSize(16);
        return mapped;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::",
                "::1",
                "64:ff9b:1::1",
                "64:ff9b:1:ffff::808:808",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "3fff::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1",
            })
    void specialAddressOfIpv6IsNotPublic(String address) {
        assertThat(PublicNet.holds(InetAddress.ofLiteral(address))).isFalse();
    }

    @Test
    void otherAddressOfIpv6IsPublic() {
        assertThat(PublicNet.holds(InetAddress.ofLiteral("2606:4700::6810:1"))).isTrue();
        assertThat(PublicNet.holds(InetAddress.ofLiteral("2a00:1450:4001:82a::200e"))).isTrue();
        assertThat(PublicNet.holds(InetAddress.ofLiteral("64:ff9b:2::1"))).isTrue();
    }
}
