import Documents
import TestSupport
import Testing

@Suite struct SentenceSplitterTests {
    @Test(
        arguments: [
            ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
            ("Dr. Smith met J. R. Doe. They left.", ["Dr. Smith met J. R. Doe.", "They left."]),
            ("See e.g. Fig. 3 or No. 5. Then stop.", ["See e.g. Fig. 3 or No. 5.", "Then stop."]),
            ("He said no. Then he left.", ["He said no.", "Then he left."]),
            (
                "Version 1.2.3 costs 4.50. Edit main.swift. Done",
                ["Version 1.2.3 costs 4.50.", "Edit main.swift.", "Done"]
            ),
            ("“Really?” she said. (Yes.) Fine.", ["“Really?” she said.", "(Yes.)", "Fine."]),
            ("Wait... what? Well… Maybe.", ["Wait... what?", "Well…", "Maybe."]),
            ("今日は。元気？「はい。」そう", ["今日は。", "元気？", "「はい。」", "そう"]),
            ("Steps:\n- one\n- two\n1. three", ["Steps:", "- one", "- two", "1. three"]),
            ("a line\nthat goes on\n\nnew one", ["a line\nthat goes on", "new one"]),
            ("1. First item. 2. Second", ["1. First item.", "2. Second"]),
            ("Das ist z.B. Wien. Ja.", ["Das ist z.B. Wien.", "Ja."]),
            ("What?! No.", ["What?!", "No."]),
            ("", []), ("   ", []), (".", ["."]), ("...", ["..."]),
        ] as [(String, [String])]
    )
    func `text is cut at the ends of its sentences`(text: String, sentences: [String]) {
        #expect(SentenceSplitter.sentences(in: text).map(String.init) == sentences)
    }

    @Test func `no visible character is lost or repeated, whatever the text`() {
        var random = SeededGenerator(seed: 11)
        let parts = [
            "a", "B", ".", "!", "?", "…", "。", "”", "\"", " ", "\n", "- ", "1", "Dr", "e.g", "ß", "😀", ")", "(",
        ]
        for _ in 0..<500 {
            let text = (0..<60).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            #expect(visible(SentenceSplitter.sentences(in: text).joined()) == visible(text))
        }
    }
}
