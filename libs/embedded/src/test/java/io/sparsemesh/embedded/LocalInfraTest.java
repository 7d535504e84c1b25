package io.sparsemesh.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LocalInfraTest {
    @Test
    void isOnePerJvmWhateverTheClassLoader() throws Exception {
        // Given
        LocalInfra here = LocalInfra.shared().startBoth();

        // When
        try (URLClassLoader loader = anotherLoader()) {
            Class<?> reloaded = loader.loadClass(LocalInfra.class.getName());
            Object there = reloaded.getMethod("shared").invoke(null);

            // Then
            assertThat(reloaded).isNotEqualTo(LocalInfra.class);
            assertThat(reloaded.getMethod("bootstrapServers").invoke(there))
                    .isEqualTo(here.bootstrapServers());
            assertThat(reloaded.getMethod("jdbcUrl").invoke(there)).isEqualTo(here.jdbcUrl());
            assertThat(reloaded.getMethod("password").invoke(there)).isEqualTo(here.password());
        }
    }

    private static URLClassLoader anotherLoader() throws Exception {
        String[] entries = System.getProperty("java.class.path").split(java.io.File.pathSeparator);
        URL[] urls = new URL[entries.length];
        for (int i = 0; i < entries.length; i++) {
            urls[i] = java.nio.file.Path.of(entries[i]).toUri().toURL();
        }
        assertThat(Arrays.asList(urls)).isNotEmpty();
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }
}
