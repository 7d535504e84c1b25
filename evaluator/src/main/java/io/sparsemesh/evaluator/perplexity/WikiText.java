package io.sparsemesh.evaluator.perplexity;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// WikiText as published, the way lm-evaluation-harness' task `wikitext` takes it: by article, and
/// without the marks of its tokenisation.
final class WikiText {

    /// Replaced one after the other.
    private static final List<Map.Entry<String, String>> FIRST =
            List.of(
                    Map.entry("s '", "s'"),
                    Map.entry(" @-@ ", "-"),
                    Map.entry(" @,@ ", ","),
                    Map.entry(" @.@ ", "."),
                    Map.entry(" : ", ": "),
                    Map.entry(" ; ", "; "),
                    Map.entry(" . ", ". "),
                    Map.entry(" ! ", "! "),
                    Map.entry(" ? ", "? "),
                    Map.entry(" , ", ", "));

    private static final List<Map.Entry<String, String>> LAST =
            List.of(
                    Map.entry("= = = =", "===="),
                    Map.entry("= = =", "==="),
                    Map.entry("= =", "=="),
                    Map.entry(" ° ", "°"),
                    Map.entry(" \n", "\n"),
                    Map.entry("\n ", "\n"),
                    Map.entry(" N ", " 1 "),
                    Map.entry(" 's", "'s"));

    /// Pairs that have no space inside: what opens and what closes them.
    private static final List<String> PAIRS = List.of("()", "[]", "{}", "\"\"", "''");

    private static final List<Pattern> INSIDE = PAIRS.stream().map(WikiText::inside).toList();

    private WikiText() {}

    /// `(`, white space, what is not `)`, white space, `)`.
    private static Pattern inside(String pair) {
        char close = pair.charAt(1);
        return Pattern.compile(
                "(\\%c)\\s*([^\\%c]*?)\\s*(\\%c)".formatted(pair.charAt(0), close, close),
                Pattern.UNICODE_CHARACTER_CLASS);
    }

    /// The articles of a file, each from its title on; what is blank is left out.
    static List<String> articles(String text) {
        List<String> articles = new ArrayList<>();
        List<String> article = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (isTitle(line)) {
                add(articles, article);
            }
            article.add(line);
        }
        add(articles, article);
        return articles;
    }

    private static void add(List<String> articles, List<String> lines) {
        String article = String.join("\n", lines);
        if (!article.isBlank()) {
            articles.add(article);
        }
        lines.clear();
    }

    /// ` = Title = `, not ` = = Section = = `.
    private static boolean isTitle(String line) {
        String marks = line.replace("= = =", "===").replace("= =", "==").strip();
        return marks.startsWith("= ") && marks.endsWith(" =");
    }

    /// An article as people write.
    static String detokenised(String article) {
        String text = replaced(article, FIRST);
        for (Pattern pair : INSIDE) {
            text = pair.matcher(text).replaceAll("$1$2$3");
        }
        return replaced(text, LAST);
    }

    private static String replaced(String text, List<Map.Entry<String, String>> pairs) {
        String replaced = text;
        for (Map.Entry<String, String> pair : pairs) {
            replaced = replaced.replace(pair.getKey(), pair.getValue());
        }
        return replaced;
    }
}
