/// The programs that read PDF files: poppler's `pdftotext` and `pdfinfo`.
package struct PDFTools: Hashable, Sendable {
    package var pdftotext: String
    package var pdfinfo: String

    package init(pdftotext: String = "/usr/bin/pdftotext", pdfinfo: String = "/usr/bin/pdfinfo") {
        self.pdftotext = pdftotext
        self.pdfinfo = pdfinfo
    }

    static let package = "poppler-utils"
}

/// PDF files, read by poppler in a child process.
///
/// Why a child: a PDF is a program in a format of thirty years' growth, poppler is half a million lines of C++ with a
/// steady stream of memory errors, and a PDF can make any reader loop or fill the memory. In a child a crash is an
/// error message, the kernel bounds memory and time, and nothing of the server (keys, other people's documents) is in
/// the address space. The two programs also carry poppler's license (GPL) outside of this one. A start costs some five
/// milliseconds, little beside reading.
struct PDFParser {
    let limits: DocumentLimits
    let tools: PDFTools

    func parse(_ bytes: ArraySlice<UInt8>, name: String) throws(DocumentError) -> ParsedDocument {
        let information = try information(bytes, name: name)
        let pages = information["Pages"].flatMap(Int.init) ?? 0
        guard pages <= limits.pages else { throw .tooLarge(.pages, value: pages, limit: limits.pages) }
        let text = try run(tools.pdftotext, ["-enc", "UTF-8", "-eol", "unix", "-", "-"], bytes, name: name)
        var sections = SectionCollector(limits: limits)
        for (index, page) in text.split(separator: 0x0C, omittingEmptySubsequences: false).enumerated() {
            for paragraph in Self.paragraphs(page) {
                try sections.add(Section(text: paragraph, location: .page(index + 1)))
            }
        }
        var document = ParsedDocument(title: information["Title"], sections: sections.sections)
        for key in ["Author", "Subject", "Keywords", "CreationDate", "Pages"] {
            document.metadata[key.lowercased()] = information[key]
        }
        if document.sections.isEmpty {
            document.warnings.append("No page has text: scanned pages need character recognition first.")
        }
        return document
    }

    /// The lines `Key:   value` that `pdfinfo` prints, without those that have no value.
    private func information(_ bytes: ArraySlice<UInt8>, name: String) throws(DocumentError) -> [String: String] {
        var values: [String: String] = [:]
        for line in try run(tools.pdfinfo, ["-enc", "UTF-8", "-"], bytes, name: name).split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].trimmed.text
            if !value.isEmpty { values[line[..<colon].text] = value }
        }
        return values
    }

    private func run(
        _ tool: String,
        _ arguments: [String],
        _ input: ArraySlice<UInt8>,
        name: String
    ) throws(DocumentError) -> [UInt8] {
        let child = ChildProcess(path: tool, arguments: arguments, package: PDFTools.package, limits: limits)
        let result = try child.run(input)
        guard result.status == 0 else {
            let message = result.message.trimmed
            if message.text.contains("Incorrect password") { throw .encrypted(name: name) }
            let reason = message.split(separator: 0x0A).last.map(\.text) ?? "it ended with status \(result.status)"
            throw .toolFailed(tool: FileName(tool).whole, reason: reason)
        }
        return result.output
    }

    /// Paragraphs of a page, with words that were broken at a line's end joined again.
    private static func paragraphs(_ page: ArraySlice<UInt8>) -> [String] {
        let lines = page.split(separator: 0x0A, omittingEmptySubsequences: false)
        return lines.split(whereSeparator: \.isBlank).map { lines in
            var paragraph: [UInt8] = []
            for line in lines.map(\.trimmed) {
                let isBroken =
                    paragraph.last == UInt8(ascii: "-") && paragraph.dropLast().last?.isLowercaseLetter == true
                if isBroken, line.first?.isLowercaseLetter == true {
                    paragraph.removeLast()
                } else if !paragraph.isEmpty {
                    paragraph.append(0x0A)
                }
                paragraph += line
            }
            return paragraph.text
        }
    }
}
