package io.sparsemesh.contracts.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparsemesh.contracts.message.MessageCodec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskTemplateTest {

    private static JsonNode json(String text) throws JsonProcessingException {
        return MessageCodec.mapper().readTree(text.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'kind':'choice','context':'{{q}}','choices':['{{a}}','b'],"
                        + "'gold':{'field':'g','first':1},'metrics':['acc']}",
                "{'kind':'choice','context':'c','choicesFrom':'a.b',"
                        + "'gold':{'field':'g','first':0,'labelsFrom':'l'},"
                        + "'metrics':['acc','acc_norm']}",
                "{'kind':'contexts','contexts':['{{a}}','b'],'continuation':'c',"
                        + "'gold':{'field':'g','first':0,'labels':['x','y']}}",
                "{'kind':'lastWord','text':'{{t}}'}"
            })
    void formatSurvivesTheWayThroughJson(String text) throws Exception {
        TaskTemplate template = MessageCodec.mapper().treeToValue(json(text), TaskTemplate.class);

        assertThat((JsonNode) MessageCodec.mapper().valueToTree(template)).isEqualTo(json(text));
    }

    @Test
    void formatNamesTheFieldsOfItsLines() throws Exception {
        TaskTemplate template =
                MessageCodec.mapper()
                        .treeToValue(
                                json(
                                        "{'kind':'choice','context':'{{q.text}} {{n}}','choicesFrom':'a',"
                                                + "'gold':{'field':'g','labelsFrom':'l'},'metrics':['acc']}"),
                                TaskTemplate.class);

        assertThat(template.fields())
                .extracting(FieldPath::toString)
                .containsExactly("q.text", "n", "a", "g", "l");
    }

    @ParameterizedTest
    @CsvSource({
        "plain, true",
        "'{{a}}', true",
        "'{{ a.0.b }}', true",
        "'{a}', true",
        "'{{a', false",
        "'a}}', false",
        "'{{}}', false",
        "'{{a..b}}', false",
        "'{{a}', false"
    })
    void everyPlaceHasItsBracesAndItsField(String text, boolean whole) {
        assertThat(new TextTemplate(text).isWhole()).isEqualTo(whole);
    }

    @Test
    void pathLeadsThroughObjectsAndLists() throws Exception {
        JsonNode line = json("{'a':{'b':[{'c':1},{'c':true}]},'n':null}");

        assertThat(FieldPath.text(FieldPath.of("a.b.1.c").in(line))).contains("true");
        assertThat(FieldPath.text(FieldPath.of("a.b.0.c").in(line))).contains("1");
        assertThat(FieldPath.text(FieldPath.of("a.b").in(line))).isEmpty();
        assertThat(FieldPath.text(FieldPath.of("n").in(line))).isEmpty();
        for (String nothing : List.of("a.b.2.c", "a.b.x", "a.b.-1", "b", "a.b.0.c.d")) {
            assertThat(FieldPath.of(nothing).in(line).isMissingNode()).as(nothing).isTrue();
        }
    }
}
