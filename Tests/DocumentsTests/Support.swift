import Documents

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

func parse(
    _ text: String,
    name: String,
    limits: DocumentLimits = DocumentLimits()
) throws(DocumentError) -> ParsedDocument {
    try DocumentParser(limits: limits).parse(Array(text.utf8), name: name)
}

extension ParsedDocument {
    var texts: [String] { sections.map(\.text) }
    var paths: [String] { sections.map { $0.headingPath.joined(separator: "/") } }
}

/// Words and punctuation marks, as a WordPiece tokenizer with every word in its vocabulary would count.
@Sendable func countWords(_ text: String) -> Int {
    var count = 0
    var isInWord = false
    for byte in text.utf8 {
        let isWord = byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        if isWord ? !isInWord : byte > 0x20 { count += 1 }
        isInWord = isWord
    }
    return count
}

func visible(_ text: String) -> [UInt8] { text.utf8.filter { $0 > 0x20 } }

func `is`(_ part: [UInt8], aSubsequenceOf whole: [UInt8]) -> Bool {
    var rest = part[...]
    for byte in whole where byte == rest.first { rest = rest.dropFirst() }
    return rest.isEmpty
}
