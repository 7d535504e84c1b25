package io.sparsemesh.gateway.problem;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DatabaseOutageTest {

    private static boolean caused(SQLException e) {
        return DatabaseOutage.caused(new PersistenceException(new IllegalStateException(e)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"08006", "08001", "57P01", "57P02", "57P03", "53300"})
    void aDatabaseThatEndsOrStartsIsAway(String state) {
        assertThat(caused(new SQLException("broken", state))).isTrue();
    }

    @Test
    void aPoolThatWaitsInVainFindsItAway() {
        assertThat(caused(new SQLException("acquisition timeout"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "22001", "42P01", "57014", "40001"})
    void aStatementThatFailsIsTheGatewaysError(String state) {
        assertThat(caused(new SQLException("wrong", state))).isFalse();
    }

    @Test
    void whatHasNothingToDoWithADatabaseIsTheGatewaysError() {
        assertThat(DatabaseOutage.caused(new IllegalStateException("wrong"))).isFalse();
    }
}
