import TestSupport
import Testing

@testable import roost

@Suite struct CitationNumbersTests {
    private func renumber(_ pieces: [String], passages: Int = 5) -> (text: String, order: [Int]) {
        var numbers = CitationNumbers(passages: passages)
        let text = pieces.map { numbers.receive($0) }.joined() + numbers.release()
        return (text, numbers.order)
    }

    @Test(arguments: [
        ("So it is [3], and [1]; [3] again.", "So it is [1], and [2]; [1] again.", [3, 1]),
        ("Both [5, 2].", "Both [1, 2].", [5, 2]),
        ("array[0] and [99] and [x] and [] and [1", "array[0] and [99] and [x] and [] and [1", []),
        ("[[2]] [2]", "[[1]] [1]", [2]),
        ("none", "none", []),
    ])
    func `citations count by their first use, other brackets stay`(text: String, shown: String, order: [Int]) {
        for size in 1...text.count {
            let characters = Array(text)
            let pieces = stride(from: 0, to: characters.count, by: size)
                .map { String(characters[$0..<min($0 + size, characters.count)]) }
            let renumbered = renumber(pieces)
            #expect(renumbered.text == shown && renumbered.order == order, "in pieces of \(size)")
        }
    }

    @Test func `where no passage stood nothing is a citation`() {
        #expect(renumber(["see [1]"], passages: 0) == ("see [1]", []))
    }

    @Test func `no text loses a character, wherever it is cut`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let pieces = (0..<random.below(8)).map { _ in
                String((0..<random.below(6)).map { _ in random.pick(Array("[]12, aé\n")) })
            }
            let whole = renumber([pieces.joined()])
            #expect(renumber(pieces) == whole)
            #expect(
                whole.text.filter { !$0.isNumber && $0 != " " } == pieces.joined().filter { !$0.isNumber && $0 != " " }
            )
        }
    }

    @Test func `a reader's terminal gets no control characters`() {
        #expect(Terminal.printable("a\u{1B}[31mb\u{7}\u{9B}c\n\td\r\u{8}é👩‍👩‍👧") == "a[31mbc\n\tdé👩‍👩‍👧")
    }
}
