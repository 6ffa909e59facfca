import Documents
import Testing

@Suite struct PlainTextTests {
    @Test func `paragraphs end at blank lines and know their line`() throws {
        let document = try parse("one\ntwo\n\n\nthree\n", name: "a.txt")
        #expect(document.texts == ["one\ntwo", "three"])
        #expect(document.sections.map(\.location) == [.line(1), .line(5)])
    }

    @Test func `underlined lines and lone capitals are headings`() throws {
        let document = try parse("Guide\n=====\nintro\n\nINSTALLATION\n\nsteps\n\nUSAGE\n\nuse it", name: "a.txt")
        #expect(document.title == "Guide")
        #expect(document.texts == ["intro", "steps", "use it"])
        #expect(document.paths == ["Guide", "Guide/INSTALLATION", "Guide/USAGE"])
    }

    @Test func `a heading with nothing below it is kept as text`() throws {
        #expect(try parse("INSTALLATION\n", name: "a.txt").texts == ["INSTALLATION"])
    }

    @Test func `all line ends count as one`() throws {
        let document = try parse("a\r\n\r\nb\r\rc", name: "a.txt")
        #expect(document.sections.map(\.location) == [.line(1), .line(3), .line(5)])
    }

    @Test(
        arguments: [
            ([0xEF, 0xBB, 0xBF, 0x68, 0x69], "hi", 0), ([0xFF, 0xFE, 0x68, 0, 0xE4, 0], "hä", 0),
            ([0xFE, 0xFF, 0, 0x68, 0, 0xE4], "hä", 0), ([0x68, 0xE4, 0x80], "hä€", 1),
        ] as [([UInt8], String, Int)]
    )
    func `the encoding is found out, and a guess is a warning`(bytes: [UInt8], text: String, warnings: Int) throws {
        let document = try DocumentParser().parse(bytes, name: "a.txt")
        #expect(document.texts == [text])
        #expect(document.warnings.count == warnings)
    }

    @Test func `an empty file has no sections`() throws {
        #expect(try parse("", name: "a.txt").sections.isEmpty)
        #expect(try parse(" \n\t\n", name: "a.txt").sections.isEmpty)
    }

    @Test func `what is too large is refused with value and limit`() {
        var limits = DocumentLimits()
        limits.inputBytes = 3
        #expect(throws: DocumentError.tooLarge(.inputBytes, value: 4, limit: 3)) {
            try parse("four", name: "a.txt", limits: limits)
        }
        limits = DocumentLimits()
        limits.sections = 1
        #expect(throws: DocumentError.tooLarge(.sections, value: 2, limit: 1)) {
            try parse("a\n\nb", name: "a.txt", limits: limits)
        }
    }
}
