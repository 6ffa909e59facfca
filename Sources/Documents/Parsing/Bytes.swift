/// Classes of ASCII bytes. Bytes of a longer UTF-8 sequence belong to none of them.
extension UInt8 {
    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    var isWhitespace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLowercaseLetter: Bool { (0x61...0x7A).contains(self) }
    var isUppercaseLetter: Bool { (0x41...0x5A).contains(self) }
    var isLetter: Bool { isLowercaseLetter || isUppercaseLetter }

    /// May stand in a name of most programming languages; every byte beyond ASCII may.
    var isWordByte: Bool { isLetter || isDigit || self == 0x5F || self >= 0x80 }
}

extension Collection<UInt8> {
    /// Without white space at both ends.
    var trimmed: SubSequence {
        var part = self[...]
        while let first = part.first, first.isWhitespace { part = part.dropFirst() }
        guard let start = part.indices.first else { return part }
        var end = start
        for index in part.indices where !part[index].isWhitespace { end = part.index(after: index) }
        return part[start..<end]
    }

    var isBlank: Bool { allSatisfy(\.isWhitespace) }

    var text: String { String(decoding: self, as: UTF8.self) }
}

extension String {
    /// As many whole code points from the front as have at most `limit` bytes of UTF-8.
    func beginning(ofBytes limit: Int) -> String {
        var bytes = 0
        let kept = unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= limit
        }
        return String(kept)
    }
}

extension StringProtocol {
    /// Without ASCII white space at both ends.
    var trimmed: String { utf8.trimmed.text }
}
