package io.sparsemesh.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/// An image in a tar of OCI's image layout.
///
/// @param config as a container runtime reads it
/// @param files by absolute path, those of later layers over those of earlier ones; no folders
record OciImage(JsonNode config, Map<String, Entry> files) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// @param owner `uid:gid`
    /// @param mode permission bits
    record Entry(String sha256, String owner, int mode) {}

    static OciImage read(Path tar) throws IOException {
        Map<String, byte[]> blobs = new HashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(tar))) {
            for (TarArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                blobs.put(e.getName(), in.readAllBytes());
            }
        }
        JsonNode index = JSON.readTree(blobs.get("index.json"));
        JsonNode manifest = blob(blobs, index.at("/manifests/0"));
        Map<String, Entry> files = new TreeMap<>();
        for (JsonNode layer : manifest.get("layers")) {
            addLayer(bytes(blobs, layer), files);
        }
        return new OciImage(blob(blobs, manifest.get("config")).get("config"), files);
    }

    private static JsonNode blob(Map<String, byte[]> blobs, JsonNode descriptor)
            throws IOException {
        return JSON.readTree(bytes(blobs, descriptor));
    }

    private static byte[] bytes(Map<String, byte[]> blobs, JsonNode descriptor) {
        return blobs.get("blobs/" + descriptor.get("digest").asText().replace(':', '/'));
    }

    private static void addLayer(byte[] layer, Map<String, Entry> files) throws IOException {
        InputStream bytes = new GZIPInputStream(new ByteArrayInputStream(layer));
        try (TarArchiveInputStream in = new TarArchiveInputStream(bytes)) {
            for (TarArchiveEntry e = in.getNextEntry(); e != null; e = in.getNextEntry()) {
                if (!e.isDirectory()) {
                    String owner = e.getLongUserId() + ":" + e.getLongGroupId();
                    files.put("/" + e.getName(), new Entry(sha256(in), owner, e.getMode() & 0777));
                }
            }
        }
    }

    static String sha256(InputStream in) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(in.readAllBytes());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
