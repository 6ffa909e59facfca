/// Refuses HTML whose tags have masses of attributes, before libxml2 compares each of them with all before it.
///
/// One linear pass over the bytes that follows libxml2's own grammar of tags: names, `=`, quoted and bare values;
/// comments and the contents of `script` and `style` are passed over as they are there.
struct HTMLGuard {
    let limits: DocumentLimits

    func check(_ bytes: ArraySlice<UInt8>) throws(DocumentError) {
        var index = bytes.startIndex
        while let open = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            let rest = bytes[(open + 1)...]
            if rest.starts(with: "!--".utf8) {
                index = end(of: "-->", in: rest)
            } else if rest.first?.isLetter == true {
                index = try checkTag(rest)
                let name = rest.prefix(while: \.isLetter).text.lowercased()
                if name == "script" || name == "style" { index = endOfRaw(name, in: bytes[index...]) }
            } else {
                index = open + 1
            }
        }
    }

    /// Counts the attributes of the tag whose name begins `bytes`; returns where it ends.
    private func checkTag(_ bytes: ArraySlice<UInt8>) throws(DocumentError) -> Int {
        var index =
            bytes.firstIndex { $0.isWhitespace || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "/") } ?? bytes.endIndex
        var attributes = 0
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: ">") {
            if bytes[index].isWhitespace || bytes[index] == UInt8(ascii: "/") {
                index += 1
                continue
            }
            attributes += 1
            guard attributes <= limits.attributes else {
                throw .tooLarge(.attributes, value: attributes, limit: limits.attributes)
            }
            index = endOfAttribute(bytes, from: index)
        }
        return index
    }

    private func endOfAttribute(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int {
        let isNameEnd: (UInt8) -> Bool = {
            $0.isWhitespace || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "/")
        }
        let name =
            bytes[start] == UInt8(ascii: "=") ? start : bytes[start...].firstIndex(where: isNameEnd) ?? bytes.endIndex
        let sign = bytes[name...].firstIndex { !$0.isWhitespace } ?? bytes.endIndex
        guard sign < bytes.endIndex, bytes[sign] == UInt8(ascii: "=") else { return max(name, start + 1) }
        let value = bytes[(sign + 1)...].firstIndex { !$0.isWhitespace } ?? bytes.endIndex
        guard value < bytes.endIndex else { return value }
        if bytes[value] == 0x22 || bytes[value] == 0x27 {
            return bytes[(value + 1)...].firstIndex(of: bytes[value]).map { $0 + 1 } ?? bytes.endIndex
        }
        return bytes[value...].firstIndex { $0.isWhitespace || $0 == UInt8(ascii: ">") } ?? bytes.endIndex
    }

    private func end(of mark: String, in bytes: ArraySlice<UInt8>) -> Int {
        var index = bytes.startIndex
        while let found = bytes[index...].firstIndex(of: UInt8(ascii: "-")) {
            if bytes[found...].starts(with: mark.utf8) { return found + mark.utf8.count }
            index = found + 1
        }
        return bytes.endIndex
    }

    private func endOfRaw(_ name: String, in bytes: ArraySlice<UInt8>) -> Int {
        var index = bytes.startIndex
        while let found = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            let tail = bytes[(found + 1)...].prefix(name.utf8.count + 1)
            if tail.first == UInt8(ascii: "/"), tail.dropFirst().text.lowercased() == name { return found + 1 }
            index = found + 1
        }
        return bytes.endIndex
    }
}
