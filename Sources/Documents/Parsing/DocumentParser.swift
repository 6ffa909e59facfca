/// Turns the bytes of a file into a document.
///
/// Pure, except that PDF files are read by a child process.
///
/// The name is data: its ending is a hint and it appears in messages and heading paths; no file is opened by it.
/// Time and memory are linear in the input for every format and every content. A PDF blocks the calling thread up to
/// ``DocumentLimits/childSeconds``: call from where blocking is allowed.
package struct DocumentParser: Sendable {
    package var limits: DocumentLimits
    package var pdfTools: PDFTools

    package init(limits: DocumentLimits = DocumentLimits(), pdfTools: PDFTools = PDFTools()) {
        self.limits = limits
        self.pdfTools = pdfTools
    }

    /// Reads `bytes`, decompressing them first if they are gzip.
    ///
    /// `format` overrules what the name, the content type and the bytes suggest. The charset of `contentType` counts
    /// for HTML, as HTTP demands.
    package func parse(
        _ bytes: [UInt8],
        name: String,
        contentType: String? = nil,
        format: DocumentFormat? = nil
    ) throws(DocumentError) -> ParsedDocument {
        guard bytes.count <= limits.inputBytes else {
            throw .tooLarge(.inputBytes, value: bytes.count, limit: limits.inputBytes)
        }
        var content = bytes[...]
        var name = FileName(name)
        if Gunzip.isCompressed(content) {
            content = try Gunzip(limits: limits)(content)[...]
            if name.fileExtension == "gz" { name = FileName(name.stem) }
        }
        let detected = try DocumentFormat.detect(name: name.whole, contentType: contentType, bytes: content)
        var document = try parse(content, as: format ?? detected, name: name, contentType: contentType)
        document.title = document.title.map { bounded($0, &document.warnings) }
        document.metadata = bounded(document.metadata, &document.warnings)
        return document
    }

    private func parse(
        _ bytes: ArraySlice<UInt8>,
        as format: DocumentFormat,
        name: FileName,
        contentType: String?
    ) throws(DocumentError) -> ParsedDocument {
        switch format {
        case .pdf:
            return try PDFParser(limits: limits, tools: pdfTools).parse(bytes, name: name.whole)
        case .html:
            let charset = contentType.flatMap(HTMLParser.charset)
            return try HTMLParser(limits: limits).parse(bytes, name: name.whole, charset: charset)
        default:
            let decoded = try TextDecoding(bytes, name: name.whole)
            var document = try parse(decoded.text, as: format, name: name)
            if let warning = decoded.warning { document.warnings.insert(warning, at: 0) }
            return document
        }
    }

    private func parse(
        _ text: String,
        as format: DocumentFormat,
        name: FileName
    ) throws(DocumentError) -> ParsedDocument {
        switch format {
        case .markdown: try MarkdownParser(limits: limits).parse(SourceText(text))
        case .source(let language):
            try SourceCodeParser(language: language, limits: limits).parse(SourceText(text), name: name.whole)
        case .json: try JSONDocumentParser(limits: limits).parse(text)
        case .jsonLines: try JSONDocumentParser(limits: limits).parseLines(SourceText(text))
        case .csv: try CSVParser(limits: limits).parse(SourceText(text))
        case .manual: try ManualParser(limits: limits).parse(SourceText(text))
        case .text, .html, .pdf: try PlainTextParser(limits: limits).parse(SourceText(text))
        }
    }

    /// The beginning of a title that is too long.
    private func bounded(_ title: String, _ warnings: inout [String]) -> String {
        let bytes = title.utf8.count
        guard bytes > limits.nameBytes else { return title }
        warnings.append("The title has \(bytes) bytes (max: \(limits.nameBytes)); its end was left out.")
        return title.beginning(ofBytes: limits.nameBytes)
    }

    /// Metadata within its limits, the first names in alphabetical order; what goes over them is named in a warning.
    private func bounded(_ metadata: [String: String], _ warnings: inout [String]) -> [String: String] {
        var kept: [String: String] = [:]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let bytes = key.utf8.count + value.utf8.count
            if kept.count < limits.metadataEntries, bytes <= limits.metadataValueBytes {
                kept[key] = value
            } else {
                warnings.append("The metadata entry “\(key.prefix(64))” was left out: too many or too long.")
            }
        }
        return kept
    }
}
