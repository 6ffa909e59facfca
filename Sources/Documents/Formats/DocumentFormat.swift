/// How a document is written, as far as reading it differs.
package enum DocumentFormat: Hashable, Sendable {
    case markdown
    case text
    case html
    case pdf
    case source(SourceLanguage)
    case json
    case jsonLines
    case csv
    /// A manual page in roff, with the macros `man` or `mdoc`.
    case manual

    /// The format of a file, from the strongest sign to the weakest: the first bytes where they are a signature, the
    /// file's name, the declared content type, the look of the first line.
    ///
    /// What stays unknown is plain text.
    ///
    /// Throws ``DocumentError/notText(name:reason:)`` for a signature of a known binary format.
    package static func detect(
        name: String,
        contentType: String? = nil,
        bytes: ArraySlice<UInt8>
    ) throws(DocumentError) -> DocumentFormat {
        if bytes.starts(with: Array("%PDF-".utf8)) { return .pdf }
        if let kind = BinarySignature.kind(of: bytes) {
            throw .notText(name: name, reason: "it is \(kind)")
        }
        return named(name) ?? contentType.flatMap(declared) ?? sniffed(bytes)
    }

    /// By the file's name alone, which may be a path; `.gz` is looked through.
    package static func named(_ path: String) -> DocumentFormat? {
        var name = FileName(path)
        if name.fileExtension == "gz" { name = FileName(name.stem) }
        if let language = SourceLanguage.ofFile(name: name.whole) { return .source(language) }
        switch name.fileExtension {
        case "md", "markdown", "mdown", "mkd", "mdx", "qmd", "rmd": return .markdown
        case "txt", "text", "log", "rst", "adoc", "org", "tex", "srt", "vtt", "eml": return .text
        case "html", "htm", "xhtml": return .html
        case "pdf": return .pdf
        case "json", "geojson", "webmanifest": return .json
        case "jsonl", "ndjson", "jsonlines": return .jsonLines
        case "csv", "tsv", "tab": return .csv
        case let other where isManualSection(other): return .manual
        default: return SourceLanguage.ofExtension(name.fileExtension).map(source)
        }
    }

    /// By a media type as HTTP declares it, parameters and all.
    package static func declared(_ contentType: String) -> DocumentFormat? {
        let type = contentType.split(separator: ";").first?.trimmed.lowercased()
        return switch type {
        case "text/markdown", "text/x-markdown": .markdown
        case "text/html", "application/xhtml+xml": .html
        case "application/pdf": .pdf
        case "application/json": .json
        case "application/x-ndjson", "application/jsonl", "application/x-jsonlines": .jsonLines
        case "text/csv", "text/tab-separated-values": .csv
        case "text/troff", "application/x-troff-man": .manual
        case let type?: SourceLanguage.ofContentType(type).map(source)
        case nil: nil
        }
    }

    private static func sniffed(_ bytes: ArraySlice<UInt8>) -> DocumentFormat {
        let head = String(decoding: bytes.prefix(1_024), as: UTF8.self).trimmed.lowercased()
        if head.hasPrefix("<!doctype html") || head.hasPrefix("<html") { return .html }
        if head.hasPrefix(".th ") || head.hasPrefix(".\\\"") || head.hasPrefix(".dd ") { return .manual }
        if head.hasPrefix("#!") { return .source(SourceLanguage.ofInterpreter(head)) }
        if head.hasPrefix("---\n") || head.hasPrefix("# ") { return .markdown }
        return .text
    }

    /// `1` … `9`, also with a suffix as in `3pm` and `1ssl`.
    private static func isManualSection(_ fileExtension: String) -> Bool {
        guard let first = fileExtension.utf8.first, (0x31...0x39).contains(first) else { return false }
        return fileExtension.utf8.count <= 8 && fileExtension.utf8.dropFirst().allSatisfy(\.isLowercaseLetter)
    }
}

/// A file's name without its folders, cut at the last dot.
struct FileName {
    let whole: String

    init(_ path: String) {
        whole = path.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? path
    }

    /// Lower case, without the dot; empty for `Makefile` and `.profile`.
    var fileExtension: String {
        guard let dot = whole.lastIndex(of: "."), dot > whole.startIndex else { return "" }
        return whole[whole.index(after: dot)...].lowercased()
    }

    var stem: String {
        guard let dot = whole.lastIndex(of: "."), dot > whole.startIndex else { return whole }
        return String(whole[..<dot])
    }
}
