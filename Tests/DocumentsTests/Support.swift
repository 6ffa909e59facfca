import Documents

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
