package io.sparsemesh.deploy.licence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/// What a POM says of licences, or the nearest parent that says something.
record Pom(Element project) {

    /// @return names; none if nobody says anything
    static List<String> licences(Path repository, Dependency dependency) {
        Path file = dependency.pom(repository);
        if (!Files.isRegularFile(file)) {
            return List.of();
        }
        Pom pom = read(file);
        List<String> own = pom.licences();
        List<Element> parent = children(pom.project, "parent");
        return own.isEmpty() && !parent.isEmpty()
                ? licences(repository, coordinates(parent.getFirst()))
                : own;
    }

    private static Pom read(Path file) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            return new Pom(factory.newDocumentBuilder().parse(file.toFile()).getDocumentElement());
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalStateException("[%s] cannot be read".formatted(file), e);
        }
    }

    private List<String> licences() {
        return children(project, "licenses").stream()
                .flatMap(all -> children(all, "license").stream())
                .flatMap(one -> children(one, "name").stream())
                .map(name -> name.getTextContent().strip().replaceAll("\\s+", " "))
                .toList();
    }

    private static Dependency coordinates(Element parent) {
        return new Dependency(
                text(parent, "groupId"), text(parent, "artifactId"), text(parent, "version"));
    }

    private static String text(Element element, String name) {
        return children(element, name).getFirst().getTextContent().strip();
    }

    private static List<Element> children(Element element, String name) {
        List<Element> found = new ArrayList<>();
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element inner && inner.getTagName().equals(name)) {
                found.add(inner);
            }
        }
        return found;
    }
}
