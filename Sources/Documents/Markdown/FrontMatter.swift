/// The block between two `---` lines at the start of a Markdown file, read as far as it is `key: value`.
///
/// Not YAML: nested values, anchors and block scalars are not looked into, as nothing here needs them and a YAML
/// parser is a large surface for a file from outside. An indented list below a key is joined with commas.
struct FrontMatter {
    /// Both fences included.
    let lineCount: Int
    private(set) var values: [String: String] = [:]

    private static let longestBlock = 1_000

    /// `nil` if the text does not begin with a closed block in which every line looks like YAML.
    init?(_ source: SourceText) {
        guard source.lineCount > 1, Self.isFence(source[0]) else { return nil }
        let candidates = 1..<min(source.lineCount, Self.longestBlock)
        guard let end = candidates.first(where: { Self.isFence(source[$0]) }) else { return nil }
        lineCount = end + 1
        var key: String?
        for line in 1..<end {
            let content = source[line]
            guard !content.isBlank, content.first != UInt8(ascii: "#") else { continue }
            if content.first?.isWhitespace == true || content.starts(with: "- ".utf8) {
                append(content.trimmed, to: key)
            } else if let colon = content.firstIndex(of: UInt8(ascii: ":")) {
                key = content[..<colon].trimmed.text.lowercased()
                values[key ?? ""] = Self.unquoted(content[(colon + 1)...].trimmed)
            } else {
                return nil
            }
        }
    }

    func apply(to document: inout ParsedDocument) {
        document.metadata = values.filter { !$0.value.isEmpty }
        document.title = values["title"].flatMap { $0.isEmpty ? nil : $0 } ?? document.title
        document.language = values["lang"] ?? values["language"]
    }

    private mutating func append(_ item: ArraySlice<UInt8>, to key: String?) {
        guard let key else { return }
        let text = Self.unquoted(item.starts(with: "- ".utf8) ? item.dropFirst(2).trimmed : item)
        let separator = values[key, default: ""].isEmpty ? "" : ", "
        values[key, default: ""] += separator + text
    }

    private static func isFence(_ line: ArraySlice<UInt8>) -> Bool {
        line.starts(with: "---".utf8) && line.dropFirst(3).isBlank
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) -> String {
        guard value.count >= 2, let first = value.first, first == value.last, first == 0x22 || first == 0x27 else {
            return value.text
        }
        return value.dropFirst().dropLast().text
    }
}
