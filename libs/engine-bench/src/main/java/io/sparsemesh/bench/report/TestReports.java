package io.sparsemesh.bench.report;

import io.sparsemesh.bench.report.TestCounts.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Reads JUnit's reports, `TEST-*.xml`.
final class TestReports {

    private static final String DOCTYPES = "http://apache.org/xml/features/disallow-doctype-decl";

    /// Some assertions print whole matrices.
    private static final int LONGEST_REASON = 200;

    private static final String DISPLAYED = "display-name: ";

    private int run;
    private final List<Failure> failures = new ArrayList<>();
    private final List<Failure> skipped = new ArrayList<>();

    private TestReports() {}

    /// @param folder of the reports; none where the tests did not get to write them
    /// @throws IOException when a report cannot be read, naming it
    static TestCounts read(Path folder) throws IOException {
        TestReports reports = new TestReports();
        for (Path file : files(folder)) {
            for (Element test : cases(file)) {
                reports.count(test);
            }
        }
        return new TestCounts(reports.run, reports.failures, reports.skipped);
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
    }

    private static List<Element> cases(Path file) throws IOException {
        try {
            NodeList found = parser().parse(file.toFile()).getElementsByTagName("testcase");
            return IntStream.range(0, found.getLength())
                    .mapToObj(i -> (Element) found.item(i))
                    .toList();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException("%s: expected JUnit's XML: %s".formatted(file, e), e);
        }
    }

    private static DocumentBuilder parser() throws ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(DOCTYPES, true);
        DocumentBuilder parser = factory.newDocumentBuilder();
        parser.setErrorHandler(null); // which would print what is thrown anyway
        return parser;
    }

    private void count(Element test) {
        List<Failure> wrong = new ArrayList<>(children(test, "failure"));
        wrong.addAll(children(test, "error"));
        List<Failure> omitted = children(test, "skipped");
        failures.addAll(wrong);
        skipped.addAll(omitted);
        if (omitted.isEmpty()) {
            run++;
        }
    }

    private static List<Failure> children(Element test, String tag) {
        NodeList found = test.getElementsByTagName(tag);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> new Failure(name(test), reason((Element) found.item(i))))
                .toList();
    }

    private static String name(Element test) {
        String type = test.getAttribute("classname");
        String method = test.getAttribute("name").replaceFirst("\\(.*", "");
        String displayed = displayed(test).replace(method + "()", "");
        return (type.substring(type.lastIndexOf('.') + 1) + "." + method + " " + displayed).strip();
    }

    /// What tells the cases of a method apart stands in the output.
    private static String displayed(Element test) {
        NodeList output = test.getElementsByTagName("system-out");
        return IntStream.range(0, output.getLength())
                .mapToObj(i -> output.item(i).getTextContent())
                .flatMap(String::lines)
                .filter(line -> line.startsWith(DISPLAYED))
                .map(line -> line.substring(DISPLAYED.length()))
                .findFirst()
                .orElse("");
    }

    private static String reason(Element found) {
        String message = found.getAttribute("message");
        String text = message.isBlank() ? found.getTextContent() : message;
        String line = text.strip().replaceAll("\\s+", " ");
        return line.substring(0, Math.min(line.length(), LONGEST_REASON));
    }
}
