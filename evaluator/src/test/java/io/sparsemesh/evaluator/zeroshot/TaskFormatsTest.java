package io.sparsemesh.evaluator.zeroshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparsemesh.engine.corpus.DataException;
import io.sparsemesh.engine.corpus.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFormatsTest {

    private static final String ARC =
            """
            {"question": "Q?", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"}\
            """;

    @TempDir Path folder;

    private Question read(String task, String line) throws IOException {
        Path file = folder.resolve("t.jsonl");
        Files.writeString(file, "\n" + line + "\n");
        return TaskFormats.of(task).read(TextFile.lines(file).getFirst());
    }

    @Test
    void piqaAsksForOneOfTwoSolutions() throws IOException {
        Question found =
                read("piqa", "{\"goal\": \"Go\", \"sol1\": \"a \", \"sol2\": \"b\", \"label\": 1}");

        assertThat(found)
                .isEqualTo(new Question.Choice("Question: Go\nAnswer:", List.of("a ", "b"), 1));
        assertThat(found.requests())
                .containsExactly(
                        new Request("Question: Go\nAnswer:", " a "),
                        new Request("Question: Go\nAnswer:", " b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arc_easy", "arc_challenge"})
    void arcFindsTheAnswerByItsLabel(String task) throws IOException {
        assertThat(read(task, ARC))
                .isEqualTo(new Question.Choice("Question: Q?\nAnswer:", List.of("x", "y"), 1));
        assertThat(read(task, ARC.replace("\"A\"", "\"1\"").replace("\"B\"", "\"2\"")))
                .isEqualTo(new Question.Choice("Question: Q?\nAnswer:", List.of("x", "y"), 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lambada", "lambada_openai", "own"})
    void lastWordFollowsTheLastSpace(String task) throws IOException {
        Question found = read(task, "{\"text\": \"He said.\\n\\nShe  did-not\"}");

        assertThat(found).isEqualTo(new Question.LastWord("He said.\n\nShe ", "did-not"));
        assertThat(found.requests()).containsExactly(new Request("He said.\n\nShe ", " did-not"));
    }

    @Test
    void spaceAtTheEndIsNoWord() throws IOException {
        assertThat(read("own", "{\"text\": \"one two \\n\"}"))
                .isEqualTo(new Question.LastWord("one", "two"));
    }

    @Test
    void ownChoicesAreAsked() throws IOException {
        String line = "{\"query\": \"The sky is\", \"choices\": [\"red\", \"blue\"], \"gold\": 1}";

        assertThat(read("sky", line))
                .isEqualTo(new Question.Choice("The sky is", List.of("red", "blue"), 1));
    }

    /// `|` stands apart: task, line, what is said about line 2 of `t.jsonl`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "piqa|{}|'sol1': expected a string, found nothing",
                "piqa|{'sol1':'a','sol2':'','goal':'g','label':0}|'sol2': expected a text, found an empty one",
                "piqa|{'sol1':'a','sol2':'b','label':0}|'goal': expected a string, found nothing",
                "piqa|{'sol1':'a','sol2':'b','goal':'g'}|'label': expected a number of 0 to 1, found nothing",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':-1}|'label': expected a number of 0 to 1, found -1",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':'1'}|'label': expected a number of 0 to 1, found \"1\"",
                "piqa|{'sol1':'a','sol2':'b','goal':'g','label':0.5}|'label': expected a number of 0 to 1, found 0.5",
                "arc_easy|{'question':{'stem':'q'}}|'question': expected a string, found OBJECT",
                "arc_easy|{'question':'q'}|'choices.text': expected a list of strings, found nothing",
                "arc_easy|{'question':'q','choices':{'text':['a']}}|'choices.text': expected at least two choices, found 1",
                "arc_easy|{'question':'q','choices':{'text':['a','b'],'label':['A']}}|'choices.label': expected 2 labels, one for each text, found 1",
                "arc_easy|{'question':'q','choices':{'text':['a','b'],'label':['A','B']},'answerKey':'C'}|'answerKey': expected one of [A, B], found 'C'",
                "lambada|{'txt':'a b'}|'text': expected a string, found nothing",
                "lambada|{'text':'alone '}|'text': expected at least two words with a space between them, found 'alone'",
                "lambada|{'text':''}|'text': expected at least two words with a space between them, found ''",
                "own|{'text':' word'}|'text': expected at least two words with a space between them, found ' word'",
                "own|{'query':'q'}|'choices': expected a list of strings, found nothing",
                "own|{'choices':'ab'}|'choices': expected a list of strings, found STRING",
                "own|{'choices':['a',7]}|'choices[1]': expected a string, found NUMBER",
                "own|{'choices':['a','']}|'choices[1]': expected a text, found an empty one",
                "own|{'choices':['a','b'],'gold':0}|'query': expected a string, found nothing",
                "own|{'choices':['a','b'],'query':'q','gold':2}|'gold': expected a number of 0 to 1, found 2",
                "hellaswag|{'ctx':'c','endings':[]}|expected the fields [query, choices, gold], or the field text, found [ctx, endings]; tasks of other formats are [arc_challenge, arc_easy, lambada, lambada_openai, piqa]",
            })
    void lineThatCannotBeUsedIsNamed(String task, String line, String message) {
        String json = line.replace('\'', '"');

        assertThatThrownBy(() -> read(task, json))
                .isInstanceOf(DataException.class)
                .hasMessage("[t.jsonl] line 2: " + message);
    }
}
