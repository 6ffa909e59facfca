/// HTML as browsers write and people break it, by libxml2: headings, paragraphs, lists, tables and code.
///
/// Scripts, styles, navigation and templates are dropped: they are not what the page says.
struct HTMLParser {
    let limits: DocumentLimits

    func parse(
        _ bytes: ArraySlice<UInt8>,
        name: String,
        charset: String?
    ) throws(DocumentError) -> ParsedDocument {
        guard bytes.hasUTF16Mark || !bytes.contains(0) else {
            throw .notText(name: name, reason: "it contains NUL bytes")
        }
        var content = bytes
        var encoding = charset
        if bytes.hasUTF16Mark {
            content = Array(try TextDecoding(bytes, name: name).text.utf8)[...]
            encoding = "UTF-8"
        } else if charset == nil, Self.isCertainlyUTF8(bytes) {
            // Without a declaration libxml2 would assume Latin-1.
            content = bytes.droppingUTF8Mark
            encoding = "UTF-8"
        }
        try HTMLGuard(limits: limits).check(content)
        let tree = try HTMLTree(content, encoding: encoding, nesting: limits.nesting)
        var reader = HTMLReader(limits: limits)
        try reader.read(tree.root)
        return reader.document
    }

    /// The `charset` parameter of a content type.
    static func charset(of contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmed.lowercased() == "charset" else { continue }
            let value = parts[1].trimmed.filter { $0 != "\"" && $0 != "'" }
            return value.isEmpty ? nil : value
        }
        return nil
    }

    /// Text in another encoding is practically never valid UTF-8, except in those that switch with escape sequences.
    private static func isCertainlyUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.contains(0x1B) && String(validating: bytes, as: UTF8.self) != nil
    }
}
