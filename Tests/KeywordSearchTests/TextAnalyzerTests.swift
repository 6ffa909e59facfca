import KeywordSearch
import Testing

@Suite struct TextAnalyzerTests {
    let analyzer = TextAnalyzer()

    @Test func `words are stemmed, numbers and other scripts are not`() {
        #expect(analyzer.terms(of: "Running dogs' generalizations") == ["run", "dog", "general"])
        #expect(analyzer.terms(of: "utf8s книгами 128s") == ["utf8s", "книгами", "128s"])
    }

    @Test func `one name in all its spellings shares a term`() {
        for spelling in ["Wi-Fi", "wi_fi", "WiFi", "wifi"] {
            #expect(analyzer.terms(of: spelling).contains("wifi"), "\(spelling)")
        }
    }

    @Test func `function words leave a query that holds anything else`() {
        #expect(analyzer.query("What is the boundary layer?").terms.map(\.text) == ["boundari", "layer"])
        #expect(analyzer.query("It's what you're after, isn't it, the layer?").terms.map(\.text) == ["layer"])
        #expect(analyzer.query("to be or not to be").terms.map(\.text) == ["to", "be", "or", "not"])
        var keeping = analyzer
        keeping.queries.dropsStopWords = false
        #expect(keeping.query("the layer").terms.map(\.text) == ["the", "layer"])
    }

    @Test func `a query weighs repetition, wholes and lone characters`() {
        #expect(
            analyzer.query("layer layers max_size").terms == [
                .init("layer", weight: 2), .init("max"), .init("size"), .init("maxsiz", weight: 0.5),
            ]
        )
        let characters = analyzer.query("中文").terms
        #expect(characters == [.init("中", weight: 0.25), .init("中文"), .init("文", weight: 0.25)])
        #expect(analyzer.query("猫").terms == [.init("猫")])
        #expect(analyzer.query("…").isEmpty)
    }

    @Test func `the length counts words once, by the weight of their field`() {
        let text = analyzer.analyze([KeywordField("Max_size", weight: 3), KeywordField("the size of 中文")])
        #expect(text.length == 3 * 2 + 4)
        #expect(text.termCount == 8)
    }

    @Test func `words of every length are stemmed the same on first and second sight`() {
        for word in ["a", String(repeating: "x", count: 28) + "ing", String(repeating: "y", count: 40) + "ings"] {
            #expect(analyzer.terms(of: word) == analyzer.terms(of: word + " " + word).suffix(1))
        }
    }

    @Test func `parallel analyses agree`() async {
        let text = (0..<2000).map { "connections\($0 % 97 == 0 ? "" : String($0, radix: 36)) nations running" }
            .joined(separator: " ")
        let expected = analyzer.terms(of: text)
        await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { analyzer.terms(of: text) } }
            for await terms in group { #expect(terms == expected) }
        }
    }
}
