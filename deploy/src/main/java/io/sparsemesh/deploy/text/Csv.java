package io.sparsemesh.deploy.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Rows of JSON as comma-separated values (RFC 4180) under one line of names: every field of every
/// row, those of objects inside as `outer.inner`, lists as JSON.
public final class Csv {

    private static final CsvMapper MAPPER = new CsvMapper();

    private Csv() {}

    public static void write(Collection<JsonNode> rows, PrintWriter out) {
        List<Map<String, String>> cells = rows.stream().map(Csv::cells).toList();
        SequencedSet<String> names = new LinkedHashSet<>();
        cells.forEach(row -> names.addAll(row.keySet()));
        if (names.isEmpty()) {
            return;
        }
        CsvSchema schema =
                CsvSchema.builder().addColumns(names, CsvSchema.ColumnType.STRING).build();
        try {
            out.print(MAPPER.writer(schema.withHeader()).writeValueAsString(cells));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> cells(JsonNode row) {
        Map<String, String> cells = new LinkedHashMap<>();
        row.properties().forEach(field -> add(field.getKey(), field.getValue(), cells));
        return cells;
    }

    private static void add(String name, JsonNode value, Map<String, String> cells) {
        if (value.isObject()) {
            value.properties()
                    .forEach(inner -> add(name + "." + inner.getKey(), inner.getValue(), cells));
        } else if (!value.isNull()) {
            cells.put(name, value.isArray() ? value.toString() : value.asText());
        }
    }
}
