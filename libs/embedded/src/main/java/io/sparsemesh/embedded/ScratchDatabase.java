package io.sparsemesh.embedded;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/// An empty database of a server, for one test; closing drops it. PostgreSQL's driver is the
/// caller's.
public final class ScratchDatabase implements AutoCloseable {

    private final LocalInfra infra;
    private final String name = "scratch" + UUID.randomUUID().toString().replace("-", "");

    private ScratchDatabase(LocalInfra infra) {
        this.infra = infra;
    }

    public static ScratchDatabase of(LocalInfra infra) throws SQLException {
        ScratchDatabase database = new ScratchDatabase(infra);
        database.execute("postgres", "create database " + database.name);
        return database;
    }

    public String jdbcUrl() {
        return jdbcUrl(name);
    }

    private String jdbcUrl(String database) {
        return infra.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/" + database + "$1");
    }

    private Connection open(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), infra.user(), infra.password());
    }

    public void execute(String sql) throws SQLException {
        execute(name, sql);
    }

    private void execute(String database, String sql) throws SQLException {
        try (Connection connection = open(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// First column of the first row, as text.
    public String text(String sql) throws SQLException {
        try (Connection connection = open(name);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Override
    public void close() throws SQLException {
        execute("postgres", "drop database if exists " + name + " with (force)");
    }
}
